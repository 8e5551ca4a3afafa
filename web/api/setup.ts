// What a page must know before anybody is signed in: is there an account yet, may one be made, where accounts live.

import type { Setup as Wire } from '../../contract/profiles.ts';
import { asProblem, problemFrom } from './problem.ts';
import { flag, oneOf, part, type Shape, text } from './shape.ts';

const setup = part<Wire>()({
  needs_first_account: flag,
  needs_setup_code: flag,
  signup: oneOf('open', 'closed'),
  auth_url: text,
  auth_key: text,
});
export type Setup = Shape<typeof setup>;

export async function readSetup(): Promise<Setup> {
  try {
    const response = await fetch('/api/v1/setup');
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw problemFrom(response.status, body);
    return setup(body);
  } catch (error) {
    throw asProblem(error);
  }
}

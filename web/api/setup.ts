// What a page must know before anybody is signed in: is there an account yet, may one be made, where accounts live.

import { asProblem, problemFrom } from './problem.ts';
import { flag, oneOf, or, record, type Shape, text } from './shape.ts';

const setup = record({
  needs_first_account: flag,
  needs_setup_code: or(flag, false),
  signup: or(oneOf('open', 'closed'), 'open'),
  mail: or(flag, false),
  auth_url: or(text, `${location.origin}/auth/v1`),
  auth_key: or(text, 'loam'),
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

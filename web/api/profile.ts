// The signed-in person: name, theme, default model, and what this installation can do.

import type { Me } from '../../contract/profiles.ts';
import { send } from './request.ts';
import { isObject, maybe, oneOf, part, type Read, type Shape, text } from './shape.ts';

const features: Read<Record<string, boolean>> = (value) =>
  isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, on]) => [name, on === true])) : {};

const profile = part<Me>()({
  id: text,
  email: maybe(text),
  display_name: maybe(text),
  role: oneOf('user', 'admin', 'moderator'),
  theme: oneOf('light', 'dark', 'system'),
  default_model: maybe(text),
  features,
});
export type Profile = Shape<typeof profile>;
export type Theme = Profile['theme'];

export const readProfile = (): Promise<Profile> => send('/me', profile);

export const changeProfile = (
  body: Partial<{ display_name: string; theme: Theme; default_model: string | null }>,
): Promise<Profile> => send('/me', profile, { method: 'PATCH', body });

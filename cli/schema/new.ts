// `loam schema new`: an empty migration that asks what must be thought of.
import { newMigration } from '../../schema/new.ts';
import type { Say } from './target.ts';

export async function run(words: readonly string[], options: { readonly folder?: string }, say: Say): Promise<number> {
  say(newMigration(words.join(' '), options));
  return 0;
}

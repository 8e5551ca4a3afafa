// Killed soon after its first writes, ten times at random moments: nothing that was acknowledged is lost.
import { test } from 'node:test';
import { assertNothingLost, killsInARow } from './kill-writer.ts';

for (const run of ['one folder', 'another folder'])
  test(`${killsInARow} times killed at the beginning of writes, in ${run}`, (t) =>
    assertNothingLost(t, { from: 0, to: 200 }));

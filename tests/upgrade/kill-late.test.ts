// Killed when it has written for a while, ten times at random moments: nothing that was acknowledged is lost. A file of
// its own, so that it runs beside the other one.
import { test } from 'node:test';
import { assertNothingLost, killsInARow } from './kill-writer.ts';

for (const run of ['one folder', 'another folder'])
  test(`${killsInARow} times killed in the middle of writes, in ${run}`, (t) =>
    assertNothingLost(t, { from: 200, to: 400 }));

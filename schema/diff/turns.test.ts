// Each kind of change by hand: what the migration says, and that applying it gives the catalog that was asked for. Then
// random schemas, each made of the one before; LOAM_DIFF_CASES asks for more of them than the suite has time for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pairs } from './pair-cases.ts';
import { change, type Model, print, randomOf } from './random-schemas.ts';
import { openTwoEngines, type Turned, type TwoEngines } from './two-engines.ts';

/** All pairs at once, each in a schema of its own; what a migration says of one is read out of the whole. */
const schemaOf = (index: number): string => `p${index}x`;
const textOf = (side: 'a' | 'b'): string =>
  pairs
    .map((pair, index) => {
      const path = `create schema ${schemaOf(index)};\nset search_path to ${schemaOf(index)}, public, extensions;`;
      return `${path}\n${pair.both ?? ''}\n${pair[side]};`.replaceAll('public.', `${schemaOf(index)}.`);
    })
    .join('\n');
const partOf = (sql: string, index: number): string =>
  `${sql
    .split('\n\n')
    .filter((paragraph) => paragraph.includes(`${schemaOf(index)}.`))
    .join('\n\n')
    .replaceAll(`${schemaOf(index)}.`, 'public.')
    .trimEnd()}\n`;

let engines: TwoEngines;
let there: Turned;
before(async () => {
  engines = await openTwoEngines();
  there = await engines.turn(textOf('a'), textOf('b'));
});
after(() => engines.close());

for (const [index, { what, says, never, destructive, whole = false }] of pairs.entries())
  test(what, () => {
    const sql = whole ? there.sql : partOf(there.sql, index);
    for (const pattern of says) assert.match(sql, pattern);
    if (never !== undefined) assert.doesNotMatch(sql, never);
    if (destructive !== undefined) assert.equal(/^-- destructive/m.test(sql), destructive, sql);
  });

test('applied, it gives the catalog that was asked for; so does the way back; and what is equal says nothing', async () => {
  assert.deepEqual(there.left, [], there.sql);
  assert.deepEqual(there.came, there.wanted, there.sql);
  const back = await engines.turnOn(textOf('a'));
  assert.deepEqual(back.left, [], back.sql);
  assert.deepEqual(back.came, back.wanted, back.sql);
  assert.equal((await engines.turnOn(textOf('a'))).sql, '');
});

const cases = Number(process.env['LOAM_DIFF_CASES'] ?? 12);

test(`${cases} random schemas, each made of the one before`, async () => {
  const random = randomOf(Number(process.env['LOAM_DIFF_SEED'] ?? 7));
  const model: Model = { tables: new Map(), moods: ['ok'], functions: new Map() };
  let before = '';
  for (let count = 0; count < cases; count++) {
    for (let changes = 0; changes < 12; changes++) change(model, random);
    const text = print(model);
    const note = `case ${count}\n---- from\n${before}\n---- to\n${text}\n----`;
    const { sql, left, came, wanted } = await (count === 0 ? engines.turn('', text) : engines.turnOn(text)).catch(
      (error: unknown) => {
        throw new Error(`${note}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
      },
    );
    assert.deepEqual(left, [], `${note}\n${sql}`);
    assert.deepEqual(came, wanted, `${note}\n${sql}`);
    before = text;
  }
});

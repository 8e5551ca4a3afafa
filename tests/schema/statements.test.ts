// Every statement is prepared against the migrated database, and says of itself what the database says of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AnyStatement, statement } from '../../core/statement.ts';
import { loadStatements } from './all-statements.ts';
import { openNativeCatalog } from './catalog-session.ts';
import { type Describer, openDescriber } from './describe-statement.ts';

let describer: Describer;
let statements: readonly AnyStatement[];
before(async () => {
  statements = await loadStatements();
  describer = await openDescriber();
});
after(() => describer.close());

/** "statement: difference" -> why it is none. A column that can be null by its table may be excluded by a condition. */
const exceptions: Readonly<Record<string, string>> = {};

test('names, types and nullability of all parameters and columns', async () => {
  assert.ok(statements.length > 50);
  const problems: string[] = [];
  for (const each of statements) problems.push(...(await describer.differences(each)));
  assert.equal(problems.filter((problem) => !(problem in exceptions)).join('\n'), '');
  assert.deepEqual(
    Object.keys(exceptions).filter((exception) => !problems.includes(exception)),
    [],
  );
});

const planted: readonly (readonly [source: Parameters<typeof statement>[0], found: string])[] = [
  [
    { name: 'test_wrong_type', text: 'select total_cost_usd from conversations', columns: { total_cost_usd: 'int8' } },
    'total_cost_usd is numeric, not int8',
  ],
  [
    { name: 'test_wrong_null', text: 'select title from conversations', columns: { title: 'text' } },
    'title may be null',
  ],
  [
    { name: 'test_wrong_name', text: 'select id from conversations', columns: { conversation_id: 'uuid' } },
    'gives (id), not (conversation_id)',
  ],
  [
    { name: 'test_wrong_count', text: 'select id, title from conversations', columns: { id: 'uuid' } },
    'gives (id, title), not (id)',
  ],
  [
    {
      name: 'test_wrong_param',
      text: 'select id from conversations where id = $1',
      params: { id: 'int4' },
      columns: { id: 'uuid' },
    },
    '$1 is uuid, not int4',
  ],
  [
    { name: 'test_wrong_params', text: 'select 1 as one', params: { id: 'int4' }, columns: { one: 'int4' } },
    'takes 0 parameters, not 1',
  ],
  [
    { name: 'test_wrong_table', text: 'select id from no_such_table', columns: { id: 'uuid' } },
    'relation "no_such_table" does not exist',
  ],
];
for (const [source, found] of planted) {
  test(`a planted mistake is found: ${found}`, async () => {
    assert.deepEqual(await describer.differences(statement(source).source), [`${source.name}: ${found}`]);
  });
}

for (const major of [15, 18] as const) {
  test(`all but those that need vectors are understood by native PostgreSQL ${major}`, async () => {
    const session = await openNativeCatalog(major);
    const problems: string[] = [];
    try {
      for (const { name, text, needs } of statements) {
        if (needs.includes('vectors')) continue;
        await session
          .exec(`prepare ${name} as ${text}`)
          .catch((error: Error) => problems.push(`${name}: ${error.message}`));
      }
    } finally {
      await session.close();
    }
    assert.equal(problems.join('\n'), '');
  });
}

// Generated SQL: said no to, written to files, applied twice on every engine, and the same as what the server installs.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AdminSession } from '../core/database.ts';
import { openPglite } from '../core/database-pglite.ts';
import { preparedDump } from '../server/testing/database.ts';
import { applyRivalled, emptyNative } from '../server/testing/native.ts';
import { generate, readHeader } from './generate.ts';
import { unifiedDiff } from './generate-diff.ts';
import { writeGenerated } from './generate-file.ts';
import { makeRepeatable } from './generate-idempotent.ts';
import { openAddress, openScratch } from './open-session.ts';
import { chooseParameters } from './parameters.ts';
import { platformFiles } from './patterns.ts';
import { ToolError } from './session.ts';
import { setUp } from './setup.ts';

const home = mkdtempSync(join(tmpdir(), 'loam-generate-'));
after(() => rmSync(home, { recursive: true }));
const version = '9.9.9';
const says = (sentence: RegExp) => (error: unknown) => error instanceof ToolError && sentence.test(error.message);
const text = async (patterns: readonly string[], choice: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  (await generate({ patterns, parameters: chooseParameters(choice), version })).text;

test('a pattern that there is not is refused, with those that there are', async () => {
  await assert.rejects(text(['chatt']), says(/no pattern chatt\. There are: foundation, .*complete/));
  await assert.rejects(text([]), says(/`complete` is all of them/));
});

test('what somebody changed, or somebody else wrote, is not overwritten', async () => {
  const path = join(home, 'chat.sql');
  const made = await text(['chat']);
  writeGenerated(path, made);
  writeGenerated(path, made);
  writeFileSync(path, made.replace('create table', 'create  table'));
  assert.throws(() => writeGenerated(path, made), says(/changed by hand.*--force/));
  writeGenerated(path, made, { force: true });
  assert.equal(readFileSync(path, 'utf8'), made);
  writeFileSync(path, 'select 1;\n');
  assert.throws(() => writeGenerated(path, made), says(/not made by generate/));
});

test('the header says how the same is made again', async () => {
  const made = await text(['rag', 'chat'], { target: 'supabase', dimension: 384, index: 'hnsw', tenancy: false });
  const header = readHeader(made);
  assert.ok(header !== null);
  assert.deepEqual([header.patterns, header.edited, header.platform], [['rag', 'chat'], false, false]);
  const again = await generate({ ...header, version });
  assert.equal(again.text, made);
  assert.deepEqual(again.patterns, ['foundation', 'user-management', 'chat', 'rag']);
  assert.match(made, /generate rag chat --target supabase --dimension 384 --index hnsw --no-tenancy\n/);
  assert.equal(readHeader(`${made}\n`)?.edited, true);
  assert.equal(readHeader('select 1'), null);
});

test('a diff is the lines that differ, with three around them', () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const before = { name: 'a', text: `${lines.join('\n')}\n` };
  const other = lines.toSpliced(4, 1, 'new').toSpliced(12, 0, 'more');
  assert.equal(unifiedDiff(before, before), '');
  assert.equal(
    unifiedDiff(before, { name: 'b', text: `${other.join('\n')}\n` }, 1),
    '--- a\n+++ b\n@@ -4,3 +4,3 @@\n line 3\n-line 4\n+new\n line 5\n@@ -12,2 +12,3 @@\n line 11\n+more\n line 12\n',
  );
  assert.equal(unifiedDiff({ name: 'a', text: '' }, { name: 'b', text: 'x\n' }), '--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n');
});

test('statements that would fail the second time are written so that they do not', async () => {
  const repeat = async (statement: string): Promise<string> =>
    await makeRepeatable('x', statement, { supabase: false, seen: new Set() });
  assert.equal(await repeat('create table a (b int);'), 'create table if not exists a (b int);');
  assert.equal(await repeat('create unique index i on a (b);'), 'create unique index if not exists i on a (b);');
  assert.equal(
    await repeat('-- why\ncreate policy "p" on a using (true);'),
    '-- why\ndrop policy if exists p on a;\ncreate policy "p" on a using (true);',
  );
  assert.match(await repeat('create type public.e as enum ();'), /if to_regtype\('public\.e'\) is null then/);
  assert.match(
    await repeat('alter table public.a drop constraint c, add foreign key (b, c) references d (e, f);'),
    /drop constraint if exists c;\n.*conname = 'a_b_c_fkey'\) then\n.*add foreign key \(b, c\)/s,
  );
  await assert.rejects(repeat('create index on a (b);'), /needs a name/);
});

const rights = (list: string): string => `array(select each::text from unnest(${list}) as each order by 1)::text`;

/** What there is, without what another engine or another time of making says differently. */
async function shapeOf(session: AdminSession): Promise<readonly string[]> {
  const rows = await session.rows(`
    select 'column', attrelid::regclass::text, attname::text, format_type(atttypid, atttypmod), attnotnull::text
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v') and relnamespace::regnamespace::text in ('public', 'loam')
    union all
    select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), null
    from pg_constraint where connamespace::regnamespace::text in ('public', 'loam') and contype <> 'n'
    union all
    select 'index', tablename, indexname, indexdef, null from pg_indexes where schemaname in ('public', 'loam')
    union all
    select 'policy', tablename, policyname, roles::text || cmd, concat_ws(' / ', qual, with_check)
    from pg_policies where schemaname in ('public', 'loam', 'storage')
    union all
    select 'function', oid::regprocedure::text, prosrc, ${rights("coalesce(proacl, acldefault('f', proowner))")}, proconfig::text
    from pg_proc where pronamespace::regnamespace::text in ('public', 'loam')
    union all
    select 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), null from pg_trigger where not tgisinternal and tgparentid = 0
    union all
    select 'relation', oid::regclass::text, ${rights("coalesce(relacl, acldefault('r', relowner))")}, relrowsecurity::text, reloptions::text
    from pg_class where relnamespace::regnamespace::text in ('public', 'loam') and relkind in ('r', 'p', 'v')
    union all
    select 'rights', attrelid::regclass::text, attname, ${rights('attacl')}, null from pg_attribute where attacl is not null
    order by 1, 2, 3, 4, 5`);
  return rows.map((row) => row.join(' | '));
}

/** Fails with the lines that only one of them has. */
function assertSame(actual: readonly string[], expected: readonly string[]): void {
  const only = (some: readonly string[], others: readonly string[]): readonly string[] => {
    const known = new Set(others);
    return some.filter((line) => !known.has(line)).map((line) => line.slice(0, 300));
  };
  assert.deepEqual({ more: only(actual, expected), less: only(expected, actual) }, { more: [], less: [] });
  assert.ok(actual.length > 500 && actual.length === expected.length);
}

const usual = `
  alter default privileges in schema public grant all on tables to anon, authenticated;
  alter default privileges in schema public grant all on functions to anon, authenticated`;

test('complete for Supabase is applied twice, is what the server installs, and gives nobody what is granted by default', async () => {
  const session = await openScratch();
  const installed = await openPglite({ dataDir: null, from: await preparedDump(), sessionRole: 'authenticator' });
  try {
    await session.exec(usual);
    const made = await text(['complete'], { target: 'supabase' });
    await session.exec(made);
    const once = await shapeOf(session);
    await session.exec(made);
    assertSame(await shapeOf(session), once);
    assertSame(once, await shapeOf(installed.admin));
  } finally {
    await session.close();
    await installed.close();
  }
});

const others = [
  { dimension: 3072, type: 'halfvec', index: 'hnsw' },
  { dimension: 768, type: 'vector', index: 'ivfflat', tenancy: false },
] as const;
for (const choice of others)
  test(`with other parameters, what is generated is what is installed: ${JSON.stringify(choice)}`, async () => {
    const [session, installed] = await Promise.all([openScratch(), openScratch()]);
    try {
      await session.exec(await text(['complete'], { ...choice, target: 'supabase' }));
      const parameters = chooseParameters({ ...choice, target: 'supabase' });
      assert.equal((await setUp(installed, { version, target: 'supabase', parameters })).fresh, true);
      const shape = await shapeOf(session);
      assertSame(await shapeOf(installed), shape);
      assert.ok(shape.some((line) => line.includes(`${choice.type}(${choice.dimension})`)));
    } finally {
      await session.close();
      await installed.close();
    }
  });

for (const major of [15, 18] as const)
  test(`complete without vectors is applied twice on native PostgreSQL ${major}; with them it says what is missing`, async () => {
    const database = await emptyNative(major);
    const session = await openAddress(database.url);
    try {
      await applyRivalled(session.exec, platformFiles());
      await assert.rejects(
        session.exec(await text(['rag'], { target: 'supabase' })),
        /extension "vector" is not available/,
      );
      const made = await text(['complete'], { target: 'supabase', vectors: false, tenancy: major === 15 });
      await applyRivalled(session.exec, [{ text: made }]);
      const once = await shapeOf(session);
      await applyRivalled(session.exec, [{ text: made }]);
      assertSame(await shapeOf(session), once);
      // A server that is started there finds it installed, and adds its jobs.
      const { fresh, installed } = await setUp(session, { version: 'later', target: 'supabase' });
      assert.deepEqual(
        [fresh, installed.vectors, installed.patterns.has('multi-tenant')],
        [false, false, major === 15],
      );
      assert.deepEqual(
        await session.rows(`select version, to_regclass('pgboss.job') is not null from loam.installation`),
        [[version, 't']],
      );
    } finally {
      await session.close();
      await database.drop();
    }
  });

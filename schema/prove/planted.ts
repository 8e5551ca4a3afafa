// The proof proves itself: on a table of its own that is kept well it must find nothing, and a hole that it makes there it
// must find. A proof that cannot see a planted hole has seen nothing anywhere else.
import { readCatalog } from '../catalog/read.ts';
import type { Session } from '../session.ts';
import { controlTable } from './control.ts';
import { makeFixture } from './fixture.ts';
import { judge } from './judge.ts';
import type { Actor, Finding } from './model.ts';
import { makeActors } from './people.ts';
import { readRights } from './privileges.ts';
import type { Trial } from './trial-state.ts';
import { tryInserts } from './try-inserts.ts';
import { tryTable } from './try-tables.ts';

const schema = 'loam_prove_control';
const mine = `user_id = (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid`;
const setUp = (signedIn: string): string => `
create schema ${schema};
grant usage on schema ${schema} to ${signedIn};
create table ${schema}.notes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  note text not null
);
alter table ${schema}.notes enable row level security;
create policy "own" on ${schema}.notes for all to ${signedIn} using (${mine}) with check (${mine});
grant select, insert, update, delete on ${schema}.notes to ${signedIn};`;

/** Holes, each with the kinds of findings that must come of it. */
const holes: readonly { readonly name: string; readonly sql: string; readonly kinds: readonly Finding['kind'][] }[] = [
  {
    name: 'a policy that is constantly true',
    sql: `alter policy "own" on ${schema}.notes using (true) with check (true)`,
    kinds: ['read', 'write', 'move', 'forge'],
  },
  {
    name: 'row-level security switched off',
    sql: `alter table ${schema}.notes disable row level security`,
    kinds: ['read', 'write', 'move', 'forge'],
  },
  {
    name: 'an UPDATE that lets a row leave',
    sql: `alter policy "own" on ${schema}.notes using (${mine}) with check (true)`,
    kinds: ['move', 'forge'],
  },
  { name: 'a dropped policy', sql: `drop policy "own" on ${schema}.notes`, kinds: ['control'] },
];

async function look(trial: Trial): Promise<readonly Finding[]> {
  const table = trial.fixture.catalog.tables[0];
  if (table === undefined) return [];
  trial.digests.clear();
  const entries = [...(await tryTable(trial, table, trial.actors)), ...(await tryInserts(trial, table, trial.actors))];
  return [...judge(trial.fixture, entries, []), ...controlTable(trial, table, entries)].filter(
    ({ level }) => level === 'error',
  );
}

/** Sentences about what the proof failed to see, or saw where nothing was; none when it works. */
export async function checkTheProof(
  session: Session,
  signedIn: string,
  prepare: (session: Session) => Promise<void>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  await session.exec('savepoint loam_control');
  try {
    await prepare(session);
    await session.exec(setUp(signedIn));
    const catalog = await readCatalog(session, { schemas: [schema] });
    const fixture = await makeFixture(session, catalog);
    const actors: readonly Actor[] = makeActors(fixture.people, {
      anonymous: signedIn,
      signedIn,
      services: [],
      tenants: { a: null, b: null, staff: null },
    }).filter(({ kind }) => kind === 'person');
    const table = catalog.tables[0];
    const rights = await readRights(session, table === undefined ? [] : [table.oid], [signedIn]);
    const trial: Trial = { session, fixture, actors, rights, live: false, digests: new Map() };
    const before = await look(trial);
    if (before.length > 0) problems.push(`Its own well-kept table was found wanting: ${before[0]?.message ?? ''}.`);
    for (const { name, sql, kinds } of holes) {
      await session.exec(`savepoint loam_hole; ${sql}`);
      const policies = /^drop/.test(sql) ? [] : catalog.policies;
      const found = await look({ ...trial, fixture: { ...fixture, catalog: { ...catalog, policies } } });
      await session.exec('rollback to savepoint loam_hole');
      for (const kind of kinds)
        if (!found.some((finding) => finding.kind === kind)) problems.push(`It did not see ${name} (${kind}).`);
    }
  } finally {
    await session.exec('rollback to savepoint loam_control; release savepoint loam_control');
  }
  return problems;
}

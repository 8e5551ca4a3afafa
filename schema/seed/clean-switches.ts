// Rules and triggers that keep rows from going, switched off for the time of one transaction and put back as they were.
import type { Session } from '../session.ts';

const rules = `
select format('%I.%I', nspname, relname), format('rule %I', rulename), ev_enabled
from pg_rewrite
join pg_class on pg_class.oid = ev_class
join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p') and ev_type in ('2', '4') and ev_enabled <> 'D' and nspname || '.' || relname = any ($1)`;

const triggers = `
select format('%I.%I', nspname, relname), format('trigger %I', tgname), tgenabled
from pg_trigger
join pg_class on pg_class.oid = tgrelid
join pg_namespace on pg_namespace.oid = relnamespace
where not tgisinternal and tgenabled <> 'D' and nspname || '.' || relname = any ($1)`;

const states: Readonly<Record<string, string>> = { O: 'enable', R: 'enable replica', A: 'enable always' };

/** Before the first change: a table with events that wait cannot be altered. Answers how everything is put back. */
export async function switchOff(
  session: Session,
  tables: readonly string[],
  withTriggers: boolean,
): Promise<() => Promise<void>> {
  const found = [
    ...(await session.rows(rules, [tables])),
    ...(withTriggers ? await session.rows(triggers, [tables]) : []),
  ];
  for (const [table, object] of found) await session.exec(`alter table ${table} disable ${object}`);
  return async () => {
    for (const [table, object, state] of found)
      await session.exec(`alter table ${table} ${states[state ?? 'O'] ?? 'enable'} ${object}`);
  };
}

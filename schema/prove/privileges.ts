// What the database answers to "may this role …": it decides which attempt is the strongest that can be made.
import type { Session } from '../session.ts';
import type { Privileges } from './model.ts';

export type Rights = ReadonlyMap<string, Privileges>;
export const rightsKey = (role: string, relation: number): string => `${role}:${relation}`;

const query = `
select r.rolname, c.oid::text,
  coalesce((
    select jsonb_agg(jsonb_build_array(a.attname,
      has_column_privilege(r.oid, c.oid, a.attnum, 'select'),
      has_column_privilege(r.oid, c.oid, a.attnum, 'insert'),
      has_column_privilege(r.oid, c.oid, a.attnum, 'update')))
    from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      and has_any_column_privilege(r.oid, c.oid, 'select, insert, update')
  ), '[]'),
  has_table_privilege(r.oid, c.oid, 'delete'),
  has_table_privilege(r.oid, c.oid, 'truncate'),
  has_table_privilege(r.oid, c.oid, 'trigger') and has_table_privilege(r.oid, c.oid, 'references'),
  has_schema_privilege(r.oid, c.relnamespace, 'usage')
from pg_catalog.pg_class as c
cross join pg_catalog.pg_roles as r
where c.oid = any ($1::oid[]) and r.rolname = any ($2::name[])`;

/** Rights by role and relation; none at all where the schema cannot be used. */
export async function readRights(
  session: Session,
  relations: readonly number[],
  roles: readonly string[],
): Promise<Map<string, Privileges>> {
  const rows = await session.rows(query, [relations.map(String), roles]);
  const found = new Map<string, Privileges>();
  for (const [role, relation, columns, del, truncate, everything, usage] of rows) {
    const list = (usage === 't' ? JSON.parse(columns ?? '[]') : []) as [string, boolean, boolean, boolean][]; // checked: built so by the query
    const having = (index: 1 | 2 | 3): ReadonlySet<string> =>
      new Set(list.filter((each) => each[index]).map(([name]) => name));
    found.set(rightsKey(role ?? '', Number(relation)), {
      select: having(1),
      insert: having(2),
      update: having(3),
      delete: usage === 't' && del === 't',
      truncate: usage === 't' && truncate === 't',
      blanket: usage === 't' && del === 't' && truncate === 't' && everything === 't',
    });
  }
  return found;
}

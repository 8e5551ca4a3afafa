// Statements that make rows or change them, many in one round trip, each in a subtransaction of its own.
import type { Table } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { Session } from '../session.ts';
import { literal } from './model.ts';

export type Made =
  | { readonly r: readonly [string, string, Record<string, unknown>] }
  | { readonly e: readonly [string, string, string, string] };

const makeFunction = `
create or replace function pg_temp.loam_make(texts text[]) returns jsonb language plpgsql as $make$
declare
  each text; answers jsonb := '[]'; rel text; place text; made jsonb; state text; said text; broken text; col text;
begin
  foreach each in array texts loop
    begin
      execute each into rel, place, made;
      answers := answers || jsonb_build_array(jsonb_build_object('r', jsonb_build_array(rel, place, made)));
    exception when others then
      get stacked diagnostics state = returned_sqlstate, said = message_text, broken = constraint_name, col = column_name;
      answers := answers || jsonb_build_array(jsonb_build_object('e', jsonb_build_array(state, said, broken, col)));
    end;
  end loop;
  return answers;
end
$make$`;

export function insertText(table: Table, values: ReadonlyMap<string, string | null>): string {
  const names = [...values.keys()].map(quoteName).join(', ');
  const identity = table.columns.some((column) => column.identity === 'always' && values.has(column.name));
  return values.size === 0
    ? `insert into ${quoteQualified(table)} as x default values`
    : `insert into ${quoteQualified(table)} as x (${names})${identity ? ' overriding system value' : ''} values (${[...values.values()].map(literal).join(', ')})`;
}

export const returning = ' returning x.tableoid::text, x.ctid::text, to_jsonb(x)';

/** Runs statements that answer with a row's relation, place and values, each by itself. */
export async function makeRows(session: Session, texts: readonly string[]): Promise<readonly Made[]> {
  const [row] = await session.rows(`select pg_temp.loam_make(array(select jsonb_array_elements_text($1::jsonb)))`, [
    JSON.stringify(texts),
  ]);
  return JSON.parse(row?.[0] ?? '[]') as readonly Made[]; // checked: built so by loam_make
}

/** Makes the function that makes rows, for this session. */
export const prepareMaking = (session: Session): Promise<void> => session.exec(makeFunction);

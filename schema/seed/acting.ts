// Rows written as a signed-in person writes them, for triggers that ask who that is: the claims of a request, row by row.
import { quoteText } from '../quote.ts';
import { cellOf, ownerOf, type TableState, tenantOf, type World } from './state.ts';

/** What a trigger's text reads of a request. */
export const asksWho = (body: string): boolean =>
  /auth\s*\.\s*(uid|jwt|role|email)\s*\(|current_setting\s*\(\s*'request\./i.test(body);

/** Statements that say who writes `row`: its owner, somebody of its tenant, else the first account. */
export function claimsFor({ plan, states, sizes }: World, state: TableState, row: number): string {
  const users = plan.users === null ? undefined : states.get(plan.users);
  const primary = users?.plan.table.constraints.find(({ kind }) => kind === 'primary key')?.columns[0];
  if (users === undefined || primary === undefined) return '';
  const owner = ownerOf({ plan, states, sizes }, state, row);
  const tenant = tenantOf({ plan, states, sizes }, state, row);
  const number = owner >= 0 ? owner : Math.max(0, tenant);
  const sub = cellOf(users, number, primary);
  const claims = JSON.stringify({ sub, role: 'authenticated', email: cellOf(users, number, 'email') });
  const headers = JSON.stringify({ authorization: 'Bearer seeded' });
  const settings: readonly (readonly [string, string])[] = [
    ['request.jwt.claims', claims],
    ['request.jwt.claim.sub', sub ?? ''],
    ['request.jwt.claim.role', 'authenticated'],
    ['request.headers', headers],
  ];
  return `select ${settings.map(([name, value]) => `set_config('${name}', ${quoteText(value)}, true)`).join(', ')};\n`;
}

/** Nobody writes the rows that follow. */
export const withoutClaims = `select set_config(name, '', true) from unnest(array['request.jwt.claims', 'request.jwt.claim.sub', 'request.jwt.claim.role', 'request.headers']) as name where current_setting(name, true) <> ''`;

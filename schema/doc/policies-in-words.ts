// Who may do what with a table's rows, in words: rights and policies of each role together.
import type { Catalog, Grant, Policy, Table } from '../catalog/model.ts';
import { lowerKeywords, unwrap } from '../diff/deparsed.ts';

export type Command = 'select' | 'insert' | 'update' | 'delete';
export const commands: readonly Command[] = ['select', 'insert', 'update', 'delete'];

export interface Access {
  /** Roles that may do the same. */
  readonly roles: readonly string[];
  /** A phrase for each command; `—` where there is no right. */
  readonly may: Readonly<Record<Command, string>>;
}

const code = (text: string): string => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``;

/** An expression as people write it: on one line, `auth.uid()` without its wrapping. */
export function sayExpression(text: string): string {
  const plain = unwrap(lowerKeywords(text.replace(/\s+/g, ' ')))
    .replace(/(array)?\( ?select ((?:\w+\.)?(\w+)\([^()]*\)) as \3\)/g, (_, array: string | undefined, call: string) =>
      array === undefined ? call : `array(select ${call})`,
    )
    .replace(/('(?:[^']|'')*')::text\b/g, '$1')
    .replaceAll('( select ', '(select ');
  return unwrap(plain);
}

/** `every row`, `their own rows (user_id)`, `rows where …`. */
function sayRows(expression: string | null): string {
  const text = expression === null ? 'true' : sayExpression(expression);
  if (text === 'true') return 'every row';
  if (text === 'false') return 'no row';
  const owner = /^(?:auth\.uid\(\) = (\w+)|(\w+) = auth\.uid\(\))$/.exec(text);
  const column = owner?.[1] ?? owner?.[2];
  if (column !== undefined) return `their own rows (${code(column)})`;
  return `rows where ${code(text)}`;
}

const grantedTo = (grants: readonly Grant[], role: string, command: Command): boolean =>
  grants.some(
    ({ grantee, privilege }) => (grantee === role || grantee === 'public') && privilege.toLowerCase() === command,
  );

/** `every column` is not said. */
function sayColumns(table: Table, role: string, command: Command): string | null {
  if (grantedTo(table.grants, role, command)) return '';
  const columns = table.columns.filter((column) => grantedTo(column.grants, role, command)).map(({ name }) => name);
  return columns.length === 0 ? null : ` (only ${columns.map(code).join(', ')})`;
}

function sayCommand(
  table: Table,
  policies: readonly Policy[],
  role: string,
  bypasses: boolean,
  command: Command,
): string {
  const columns = sayColumns(table, role, command);
  if (columns === null) return '—';
  if (!table.rls || bypasses) return `every row${columns}`;
  const mine = policies.filter(
    (policy) =>
      ['all', command].includes(policy.command) && (policy.roles.includes(role) || policy.roles.includes('public')),
  );
  // UPDATE without a check uses what chooses the rows.
  const say = (policy: Policy): string => {
    if (command === 'insert') return sayRows(policy.check ?? policy.using);
    const rows = sayRows(policy.using);
    const after = command === 'update' && policy.check !== null ? sayRows(policy.check) : rows;
    return after === rows ? rows : `${rows}, which must stay ${after}`;
  };
  const open = [...new Set(mine.filter(({ permissive }) => permissive).map(say))];
  const limits = [...new Set(mine.filter(({ permissive }) => !permissive).map(say))];
  if (open.length === 0) return `no row: no policy${columns}`;
  const rows = open.includes('every row') ? 'every row' : open.join(', or ');
  return `${rows}${limits.map((limit) => `, and only ${limit}`).join('')}${columns}`;
}

/** Every role that has a right on the table, the owner and superusers left out; roles with the same rights together. */
export function accessTo(catalog: Catalog, table: Table): readonly Access[] {
  const policies = catalog.policies.filter((policy) => policy.schema === table.schema && policy.table === table.name);
  const masters = new Set([table.owner, ...catalog.roles.filter(({ superuser }) => superuser).map(({ name }) => name)]);
  const grants = [...table.grants, ...table.columns.flatMap((column) => column.grants)];
  const roles = [...new Set(grants.map(({ grantee }) => grantee))].filter((role) => !masters.has(role)).toSorted();
  const all = roles.map((role): Access => {
    const bypasses = catalog.roles.some(({ name, bypassRls }) => name === role && bypassRls);
    const phrase = (command: Command): string => sayCommand(table, policies, role, bypasses, command);
    return {
      roles: [role],
      may: { select: phrase('select'), insert: phrase('insert'), update: phrase('update'), delete: phrase('delete') },
    };
  });
  const together = Map.groupBy(
    all.filter(({ may }) => commands.some((command) => may[command] !== '—')),
    ({ may }) => JSON.stringify(may),
  );
  return [...together.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ roles: same.flatMap(({ roles: names }) => names), may: first.may }];
  });
}

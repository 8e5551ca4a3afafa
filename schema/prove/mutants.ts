// Faults to plant, one at a time: in each policy, in what a table grants, in how a view reads, in who may call a function.
import type { Catalog, Policy, Table } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { keyOf, type Privileges } from './model.ts';

export interface Mutant {
  readonly name: string;
  /** `drop`, `using true`, `negate`, `rls off`, `grant`, `view as owner`, … */
  readonly kind: string;
  /** The table, view or function whose attempts it concerns. */
  readonly object: string;
  readonly sql: string;
  /** The roles that it can make a difference to; null for all. */
  readonly roles: readonly string[] | null;
  /** The policy that was changed, where one was. */
  readonly policy?: Policy;
  /** The policies after it. */
  readonly policies: readonly Policy[];
}

/** Operands of the outermost AND or OR, as pg_get_expr writes it; one when there is none. */
export function splitCondition(text: string): {
  readonly operator: 'AND' | 'OR' | null;
  readonly operands: readonly string[];
} {
  const inner = bare(text);
  for (const operator of ['OR', 'AND'] as const) {
    const operands: string[] = [];
    let from = 0;
    for (const { at, word } of topLevelWords(inner))
      if (word === operator) {
        operands.push(inner.slice(from, at).trim());
        from = at + word.length;
      }
    if (operands.length > 0) return { operator, operands: [...operands, inner.slice(from).trim()] };
  }
  return { operator: null, operands: [inner] };
}

/** Without parentheses around the whole. */
function bare(text: string): string {
  let inner = text.trim();
  while (inner.startsWith('(') && closing(inner, 0) === inner.length - 1) inner = inner.slice(1, -1).trim();
  return inner;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === "'") at = text.indexOf("'", at + 1);
    else if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    if (depth === 0 || at < 0) return at;
  }
  return -1;
}

/** Words outside of parentheses, quotes and CASE. */
function* topLevelWords(text: string): Generator<{ readonly at: number; readonly word: string }> {
  let cases = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "'" || char === '"') at = text.indexOf(char, at + 1);
    else if (char === '(') at = closing(text, at);
    else if (/[A-Za-z_]/.test(char ?? '')) {
      const word = /^\w+/.exec(text.slice(at))?.[0] ?? '';
      if (word === 'CASE') cases += 1;
      if (word === 'END') cases -= 1;
      if (cases === 0 && /^(AND|OR)$/.test(word) && !/BETWEEN\s+\S+\s+$/.test(text.slice(0, at))) yield { at, word };
      at += word.length - 1;
    }
    if (at < 0) return;
  }
}

/** Every way to drop, negate or join otherwise one part of a condition. */
export function conditionMutants(text: string): readonly { readonly kind: string; readonly text: string }[] {
  const { operator, operands } = splitCondition(text);
  const negated = { kind: 'negate', text: `not (${text})` };
  if (operator === null) return [negated];
  const joined = (parts: readonly string[], by: string): string => parts.map((part) => `(${part})`).join(` ${by} `);
  const other = operator === 'AND' ? 'OR' : 'AND';
  return [
    negated,
    { kind: `${operator.toLowerCase()} to ${other.toLowerCase()}`, text: joined(operands, other) },
    ...operands.flatMap((operand, index) => {
      const with_ = (changed: readonly string[]): string => joined(operands.toSpliced(index, 1, ...changed), operator);
      return [
        { kind: `drop a ${operator === 'AND' ? 'conjunct' : 'disjunct'}`, text: with_([]) },
        ...conditionMutants(operand).map((inner) => ({ kind: inner.kind, text: with_([inner.text]) })),
      ];
    }),
  ];
}

const onTable = ({ schema, table }: Policy): string => `${quoteName(schema)}.${quoteName(table)}`;
const isTrue = (text: string | null): boolean => text === 'true';

function policyMutants(catalog: Catalog, policy: Policy): readonly Mutant[] {
  const { command, roles, using, check, schema, table } = policy;
  const object = `${schema}.${table}`;
  const where = `policy "${policy.name}" on ${object}`;
  const alter = `alter policy ${quoteName(policy.name)} on ${onTable(policy)}`;
  const replaced = (next: Policy): readonly Policy[] => catalog.policies.map((each) => (each === policy ? next : each));
  const concerned = roles.includes('public') ? null : roles;
  const mutant = (kind: string, sql: string, next: Partial<Policy> = {}, more: Partial<Mutant> = {}): Mutant => ({
    ...{
      name: `${kind}: ${where}`,
      kind,
      object,
      sql,
      roles: concerned,
      policy,
      policies: replaced({ ...policy, ...next }),
    },
    ...more,
  });
  const found: Mutant[] = [
    mutant(
      'drop',
      `drop policy ${quoteName(policy.name)} on ${onTable(policy)}`,
      {},
      { policies: catalog.policies.filter((each) => each !== policy) },
    ),
  ];
  if (!roles.includes('public'))
    found.push(mutant('role to public', `${alter} to public`, { roles: ['public'] }, { roles: null }));
  if (using !== null && !isTrue(using)) {
    found.push(mutant('using true', `${alter} using (true)`, { using: 'true' }));
    for (const each of conditionMutants(using))
      found.push(mutant(`using: ${each.kind}`, `${alter} using (${each.text})`, { using: each.text }));
  }
  if (check !== null && !isTrue(check)) {
    found.push(mutant('check true', `${alter} with check (true)`, { check: 'true' }));
    for (const each of conditionMutants(check))
      found.push(mutant(`check: ${each.kind}`, `${alter} with check (${each.text})`, { check: each.text }));
    // PostgreSQL then takes USING for it: the same thing where they are the same.
    if (using !== null && using !== check && (command === 'update' || command === 'all'))
      found.push(mutant('drop the check', `${alter} with check (${using})`, { check: using }));
  } else if (check === null && using !== null && !isTrue(using) && (command === 'update' || command === 'all'))
    found.push(mutant('check true', `${alter} with check (true)`, { check: 'true' }));
  if (policy.permissive && using === null && isTrue(check))
    found.push(mutant('check false', `${alter} with check (false)`, { check: 'false' }));
  if (policy.permissive && isTrue(using))
    found.push(mutant('using false', `${alter} using (false)`, { using: 'false' }));
  if (isTrue(using) && isTrue(check))
    found.push(mutant('check false', `${alter} with check (false)`, { check: 'false' }));
  return found;
}

function tableMutants(
  catalog: Catalog,
  table: Table,
  people: readonly string[],
  rightsOf: (role: string) => Privileges,
): readonly Mutant[] {
  const [anonymous = 'anon', signedIn = 'authenticated'] = people;
  const object = keyOf(table);
  const mutant = (kind: string, sql: string, roles: readonly string[] | null): Mutant => ({
    name: `${kind}: ${object}`,
    kind,
    object,
    sql,
    roles,
    policies: catalog.policies,
  });
  const found: Mutant[] = [];
  const own = catalog.policies.filter(({ schema, table: name }) => schema === table.schema && name === table.name);
  if (table.rls && (own.length > 0 || table.partitionOf === null))
    found.push(mutant('rls off', `alter table ${quoteQualified(table)} disable row level security`, null));
  if (own.length > 0) {
    const { select, insert, update, delete: removes } = rightsOf(signedIn);
    if (table.columns.some(({ name, generated }) => generated === null && !update.has(name)))
      found.push(
        mutant('grant update of all columns', `grant update on ${quoteQualified(table)} to ${quoteName(signedIn)}`, [
          signedIn,
        ]),
      );
    found.push(
      mutant('grant everything to anonymous', `grant all on ${quoteQualified(table)} to ${quoteName(anonymous)}`, [
        anonymous,
      ]),
    );
    if (select.size + insert.size + update.size > 0 || removes)
      found.push(mutant('revoke', `revoke all on ${quoteQualified(table)} from ${quoteName(signedIn)}`, [signedIn]));
  }
  if (table.partitionOf !== null)
    found.push(
      mutant(
        'partition by name',
        `grant usage on schema ${quoteName(table.schema)} to ${quoteName(signedIn)}; grant select on ${quoteQualified(table)} to ${quoteName(signedIn)}; alter table ${quoteQualified(table)} disable row level security`,
        [signedIn],
      ),
    );
  return found;
}

/** Every fault of every policy, table, view and function of these schemas. */
export function makeMutants(
  catalog: Catalog,
  tables: readonly Table[],
  people: readonly string[],
  rightsOf: (role: string, table: Table) => Privileges,
): readonly Mutant[] {
  const tried = new Set(tables.map(keyOf));
  const [anonymous = 'anon'] = people;
  return [
    ...catalog.policies
      .filter(({ schema, table }) => tried.has(`${schema}.${table}`))
      .flatMap((policy) => policyMutants(catalog, policy)),
    ...tables.flatMap((table) => tableMutants(catalog, table, people, (role) => rightsOf(role, table))),
    ...catalog.views
      .filter(
        ({ options, relations }) =>
          options.includes('security_invoker=true') && relations.some((each) => tried.has(keyOf(each))),
      )
      .map((view) => ({
        name: `view as owner: ${keyOf(view)}`,
        kind: 'view as owner',
        object: keyOf(view),
        sql: `alter view ${quoteQualified(view)} set (security_invoker = false)`,
        roles: null,
        policies: catalog.policies,
      })),
    ...catalog.functions
      .filter(
        ({ schema, kind, returnsTrigger, grants, definer }) =>
          tables.some((table) => table.schema === schema) &&
          kind === 'function' &&
          !returnsTrigger &&
          definer &&
          !grants.some(({ grantee }) => grantee === anonymous || grantee === 'public'),
      )
      .map((routine) => ({
        name: `anybody may call: ${keyOf(routine)}`,
        kind: 'function for anybody',
        object: keyOf(routine),
        sql: `grant execute on function ${quoteQualified(routine)}(${routine.identity}) to ${quoteName(anonymous)}`,
        roles: [anonymous],
        policies: catalog.policies,
      })),
  ];
}

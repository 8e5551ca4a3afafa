// What a policy's condition ties down: columns whose value follows from who is calling. Not a rule: the tenancy rules read it.
import type { Node } from 'libpg-query';
import type { Catalog, Policy, Table } from '../../catalog/model.ts';
import { parseExpression } from '../queries/parse.ts';
import { all, as, constantOf, functionName, isNull, lastName, namesOf } from '../queries/tree.ts';
import { dependsOnCaller } from './tenancy-identity.ts';

/** A way to fulfil a condition. */
export interface Branch {
  /** Columns of the table that the caller's identity ties down. */
  readonly tied: ReadonlySet<string>;
  /** Of these, the ones that equal the caller's own id rather than one of several by membership. */
  readonly own: ReadonlySet<string>;
  /** Columns held to a constant or to null. */
  readonly pinned: ReadonlySet<string>;
  /** Asks for something of the caller that has nothing to do with the row: an administrator, a service role, nobody. */
  readonly gated: boolean;
  /** Asks something else of the row: that it is published, that its parent is shared. */
  readonly conditional: boolean;
}

/** Every row passes for everybody, or for everybody who is signed in. */
export const isOpen = ({ tied, pinned, gated, conditional }: Branch): boolean =>
  !gated && !conditional && tied.size === 0 && pinned.size === 0;

const nothing: Branch = { tied: new Set(), own: new Set(), pinned: new Set(), gated: false, conditional: false };
const otherwise: Branch = { ...nothing, conditional: true };
const gate: Branch = { ...nothing, gated: true };

const known = new WeakMap<Table, Map<string, readonly Branch[]>>();

/** The ways to fulfil `condition`, a policy's text from the catalog; without a condition there is one that asks nothing. */
export function branchesOf(condition: string | null, table: Table, catalog: Catalog): readonly Branch[] {
  if (condition === null) return [nothing];
  const ofTable = known.get(table) ?? new Map<string, readonly Branch[]>();
  known.set(table, ofTable);
  const cached = ofTable.get(condition);
  if (cached !== undefined) return cached;
  const node = parseExpression(condition);
  const found = node === undefined ? [nothing] : branches(node, table, catalog);
  ofTable.set(condition, found);
  return found;
}

function branches(node: Node, table: Table, catalog: Catalog): readonly Branch[] {
  const bool = as(node, 'BoolExpr');
  if (bool?.boolop === 'OR_EXPR') return (bool.args ?? []).flatMap((each) => branches(each, table, catalog));
  if (bool?.boolop === 'AND_EXPR')
    return (bool.args ?? [])
      .map((each) => branches(each, table, catalog))
      .reduce((left, right) => left.flatMap((one) => right.map((other) => join(one, other))).slice(0, 64), [nothing]);
  return [leaf(node, table, catalog)];
}

const union = (one: ReadonlySet<string>, other: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...one, ...other]);

const join = (one: Branch, other: Branch): Branch => ({
  tied: union(one.tied, other.tied),
  own: union(one.own, other.own),
  pinned: union(one.pinned, other.pinned),
  gated: one.gated || other.gated,
  conditional: one.conditional || other.conditional,
});

function leaf(node: Node, table: Table, catalog: Catalog): Branch {
  const columns = ownColumns(node, table);
  const set = new Set(columns);
  const constant = constantOf(node);
  if (constant === 'true') return nothing;
  if (constant === 'false') return gate;
  const asks = dependsOnCaller(node, catalog);
  if (!asks) {
    const test = as(node, 'NullTest');
    if (test !== undefined) return test.nulltesttype === 'IS_NULL' ? { ...nothing, pinned: set } : otherwise;
    const equal = as(node, 'A_Expr');
    return lastName(equal?.name) === '=' ? { ...otherwise, pinned: set } : otherwise;
  }
  if (columns.length === 0) return isSignedIn(node) ? nothing : gate;
  const expression = as(node, 'A_Expr');
  if (expression !== undefined && /^(<>|!=)$/.test(lastName(expression.name))) return otherwise;
  const own =
    expression !== undefined && expression.kind === 'AEXPR_OP' && isCallerId(expression.lexpr, expression.rexpr);
  return { ...nothing, tied: set, own: own ? set : new Set() };
}

/** One side is `auth.uid()`, wrapped or cast. */
function isCallerId(left: Node | undefined, right: Node | undefined): boolean {
  return [left, right].some((side) => {
    if (side === undefined || all(side, 'RangeVar').length > 0) return false;
    const calls = all(side, 'FuncCall');
    const [call] = calls;
    if (call === undefined || calls.length !== 1) return false;
    return (
      functionName(call) === 'uid' ||
      /user/i.test(functionName(call)) ||
      all(side, 'A_Const').some((each) => each.sval?.sval === 'sub')
    );
  });
}

/** `auth.uid() is not null`, `auth.role() = 'authenticated'`: every signed-in person. */
function isSignedIn(node: Node): boolean {
  if (as(node, 'NullTest') !== undefined) return true;
  const expression = as(node, 'A_Expr');
  if (expression === undefined || all(node, 'RangeVar').length > 0) return false;
  const texts = [constantOf(expression.lexpr), constantOf(expression.rexpr)];
  return texts.includes('authenticated') || texts.includes('anon') || isNull(expression.rexpr);
}

/** Columns of the table itself that an expression names; inside of sub-queries only where qualified by it. */
function ownColumns(root: Node, table: Table): readonly string[] {
  const has = (name: string | undefined): name is string => table.columns.some((column) => column.name === name);
  const inner = new Set(all(root, 'SubLink').flatMap((link) => all(link.subselect, 'ColumnRef')));
  return all(root, 'ColumnRef').flatMap((ref) => {
    const names = namesOf(ref);
    const name = names.at(-1);
    if (!has(name)) return [];
    if (names.length > 1) return names.at(-2) === table.name ? [name] : [];
    return inner.has(ref) ? [] : [name];
  });
}

/** Roles that people have through an API. */
export const people: readonly string[] = ['public', 'anon', 'authenticated'];

export const isForPeople = (policy: Policy): boolean => policy.roles.some((role) => people.includes(role));

export const policiesOn = (catalog: Catalog, table: Table, command: Policy['command']): readonly Policy[] =>
  catalog.policies.filter(
    (policy) =>
      policy.schema === table.schema &&
      policy.table === table.name &&
      (policy.command === command || policy.command === 'all'),
  );

export type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/** People hold this privilege on the column, or on any column of the table when none is named. */
export function peopleMay(table: Table, privilege: Privilege, column?: string): boolean {
  const held = (grants: Table['grants']): boolean =>
    grants.some((grant) => grant.privilege === privilege && people.includes(grant.grantee));
  if (held(table.grants)) return true;
  return table.columns.some((each) => (column === undefined || each.name === column) && held(each.grants));
}

/** A trigger before `event` whose function looks at this column of the row. */
export function isGuarded(catalog: Catalog, table: Table, column: string, event: 'insert' | 'update'): boolean {
  return catalog.triggers.some((trigger) => {
    if (trigger.schema !== table.schema || trigger.table !== table.name || trigger.enabled === 'D') return false;
    if (!trigger.events.includes(event) || trigger.timing === 'instead of') return false;
    const body = catalog.functions.find(
      (each) => each.schema === trigger.function.schema && each.name === trigger.function.name,
    )?.body;
    const name = column.replaceAll(/[^\w]/g, '\\$&');
    return body !== undefined && new RegExp(`\\b(new|old)\\s*\\.\\s*"?${name}"?(?!\\w)`, 'i').test(body);
  });
}

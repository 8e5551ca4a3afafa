// Which table and column a name in a query means: through aliases, sub-queries, common table expressions and views.
import type { Node, SelectStmt } from 'libpg-query';
import type { Catalog, Column, Table, View } from '../../catalog/model.ts';
import { parseStatements } from './parse.ts';
import { all, as, lastName, namesOf, walk } from './tree.ts';

/** What a name in FROM stands for. */
export type Relation =
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'query'; readonly query: Query; readonly materialized: boolean }
  | { readonly kind: 'unknown'; readonly name: string };

/** One SELECT (a side of a UNION is one too) with what it reads. */
export interface Query {
  readonly select: SelectStmt;
  readonly relations: ReadonlyMap<string, Relation>;
  /** The query that it stands in, for names from outside. */
  readonly outer: Query | null;
}

export interface Origin {
  readonly table: Table;
  readonly column: Column;
}

/** An expression and the query whose names it uses. */
export interface Placed {
  readonly node: Node;
  readonly query: Query;
}

export interface Context {
  readonly catalog: Catalog;
  /** Schemas in which unqualified names are looked for, in order; after them, a name that only one schema has. */
  readonly path: readonly string[];
}

/** Every SELECT below these statements. */
export function queriesOf(statements: readonly Node[], context: Context): readonly Query[] {
  const found: Query[] = [];
  for (const statement of statements) collect(statement, { context, found, ctes: new Map(), outer: null });
  return found;
}

interface State {
  readonly context: Context;
  readonly found: Query[];
  readonly ctes: ReadonlyMap<string, Relation>;
  readonly outer: Query | null;
}

/** Finds the outermost SELECTs of any tree and reads each. */
function collect(root: unknown, state: State): void {
  walk(root, (node) => {
    const select = as(node, 'SelectStmt') ?? (isSelect(node) ? node : undefined);
    if (select === undefined) return undefined;
    read(select, state);
    return false;
  });
}

const isSelect = (node: object): node is SelectStmt => 'limitOption' in node && 'op' in node;

function read(select: SelectStmt, state: State): Query {
  const ctes = new Map(state.ctes);
  for (const node of select.withClause?.ctes ?? []) {
    const cte = as(node, 'CommonTableExpr');
    if (cte?.ctename === undefined) continue;
    const inner = as(cte.ctequery, 'SelectStmt');
    if (inner === undefined) {
      collect(cte.ctequery, { ...state, ctes });
      ctes.set(cte.ctename, { kind: 'unknown', name: cte.ctename });
      continue;
    }
    const query = read(inner, { ...state, ctes });
    ctes.set(cte.ctename, { kind: 'query', query, materialized: cte.ctematerialized === 'CTEMaterializeAlways' });
  }
  const here: State = { ...state, ctes };
  const relations = new Map<string, Relation>();
  const query: Query = { select, relations, outer: state.outer };
  for (const side of [select.larg, select.rarg]) if (side !== undefined) read(side, here);
  for (const item of select.fromClause ?? []) addRelation(item, relations, query, here);
  state.found.push(query);
  const inside: State = { ...here, outer: query };
  const { targetList, whereClause, havingClause, groupClause, sortClause, limitCount, limitOffset, valuesLists } =
    select;
  for (const part of [
    targetList,
    whereClause,
    havingClause,
    groupClause,
    sortClause,
    limitCount,
    limitOffset,
    valuesLists,
  ])
    collect(part, inside);
  return query;
}

function addRelation(item: Node, relations: Map<string, Relation>, query: Query, state: State): void {
  const join = as(item, 'JoinExpr');
  if (join !== undefined) {
    for (const side of [join.larg, join.rarg]) if (side !== undefined) addRelation(side, relations, query, state);
    collect(join.quals, { ...state, outer: query });
    return;
  }
  const range = as(item, 'RangeVar');
  if (range?.relname !== undefined) {
    const cte = range.schemaname === undefined ? state.ctes.get(range.relname) : undefined;
    relations.set(
      range.alias?.aliasname ?? range.relname,
      cte ?? named(range.schemaname, range.relname, state.context),
    );
    return;
  }
  const sub = as(item, 'RangeSubselect');
  if (sub !== undefined) {
    const inner = as(sub.subquery, 'SelectStmt');
    const name = sub.alias?.aliasname ?? '';
    relations.set(
      name,
      inner === undefined
        ? { kind: 'unknown', name }
        : {
            kind: 'query',
            query: read(inner, sub.lateral === true ? { ...state, outer: query } : state),
            materialized: false,
          },
    );
    return;
  }
  const call = as(item, 'RangeFunction');
  if (call === undefined) return;
  collect(call.functions, { ...state, outer: query });
  const name = call.alias?.aliasname ?? lastName(all(call.functions, 'FuncCall')[0]?.funcname);
  relations.set(name, { kind: 'unknown', name });
}

function named(schema: string | undefined, name: string, context: Context): Relation {
  const table = findNamed(context.catalog.tables, schema, name, context.path);
  if (table !== undefined) return { kind: 'table', table };
  const view = findNamed(context.catalog.views, schema, name, context.path);
  const inner = view === undefined ? undefined : viewQuery(view, context);
  return inner === undefined ? { kind: 'unknown', name } : { kind: 'query', query: inner, materialized: false };
}

function viewQuery(view: View, context: Context): Query | undefined {
  const select = as(parseStatements(view.text)?.[0], 'SelectStmt');
  return select === undefined ? undefined : read(select, { context, found: [], ctes: new Map(), outer: null });
}

/** By schema, else along the path, else where only one schema has the name. */
export function findNamed<Thing extends { readonly schema: string; readonly name: string }>(
  things: readonly Thing[],
  schema: string | null | undefined,
  name: string,
  path: readonly string[],
): Thing | undefined {
  const same = things.filter((thing) => thing.name === name);
  if (schema !== undefined && schema !== null) return same.find((thing) => thing.schema === schema);
  for (const each of path) {
    const found = same.find((thing) => thing.schema === each);
    if (found !== undefined) return found;
  }
  return same.length === 1 ? same[0] : undefined;
}

/** What an expression is in the end: a name of a sub-query's output leads into the sub-query. */
export function follow({ node, query }: Placed): Placed {
  const ref = as(node, 'ColumnRef');
  if (ref === undefined) return { node, query };
  const names = namesOf(ref);
  const column = names.at(-1) ?? '';
  const alias = names.length > 1 ? (names.at(-2) ?? '') : null;
  for (let level: Query | null = query; level !== null; level = level.outer)
    for (const [name, relation] of level.relations) {
      if (alias !== null && alias !== name) continue;
      if (relation.kind === 'table' && relation.table.columns.some((each) => each.name === column))
        return { node, query };
      if (relation.kind !== 'query' || relation.query === query) continue;
      const inner = output(relation.query, column);
      if (inner !== undefined) return follow(inner);
    }
  return { node, query };
}

/** The expression behind an output name of a query, through `*` too. */
export function output(query: Query, name: string): Placed | undefined {
  if (query.select.larg !== undefined) return undefined;
  for (const item of query.select.targetList ?? []) {
    const target = as(item, 'ResTarget');
    const ref = as(target?.val, 'ColumnRef');
    const names = ref === undefined ? [] : namesOf(ref);
    if (target?.val !== undefined && (target.name ?? names.at(-1)) === name) return { node: target.val, query };
    if (names.at(-1) !== '*') continue;
    for (const [alias, relation] of query.relations) {
      if (names.length > 1 && names[0] !== alias) continue;
      if (relation.kind === 'query') {
        const inner = output(relation.query, name);
        if (inner !== undefined) return inner;
      }
      if (relation.kind === 'table' && relation.table.columns.some((column) => column.name === name))
        return { node: { ColumnRef: { fields: [{ String: { sval: alias } }, { String: { sval: name } }] } }, query };
    }
  }
  return undefined;
}

/** The table and column that a column reference means, if it is one of a table's. */
export function originOf(placed: Placed): Origin | undefined {
  const { node, query } = follow(placed);
  const ref = as(node, 'ColumnRef');
  if (ref === undefined) return undefined;
  const names = namesOf(ref);
  const name = names.at(-1);
  const alias = names.length > 1 ? names.at(-2) : undefined;
  for (let level: Query | null = query; level !== null; level = level.outer)
    for (const [key, relation] of level.relations) {
      if (relation.kind !== 'table' || (alias !== undefined && alias !== key)) continue;
      const column = relation.table.columns.find((each) => each.name === name);
      if (column !== undefined) return { table: relation.table, column };
    }
  return undefined;
}

// Searches by distance as functions and views write them: column, operator, direction, limit. Not a rule: the vector rules read it.
import type { Node } from 'libpg-query';
import type { Catalog, Column, Index, IndexKey, Table } from '../../catalog/model.ts';
import { type Body, bodiesOf } from '../queries/bodies.ts';
import { parseExpression } from '../queries/parse.ts';
import { follow, originOf, type Placed, type Query } from '../queries/scope.ts';
import { as, constantOf, functionName, lastName, stringOf, typeOf, walk } from '../queries/tree.ts';

export interface Cast {
  readonly type: string;
  readonly dimension: number | null;
}

/** `column <=> something`, or the function of that name. */
export interface Distance {
  readonly table: Table;
  readonly column: Column;
  /** `<=>`, `<->`, `<#>` or `<+>`. */
  readonly operator: string;
  /** The cast that stands on the column. */
  readonly cast: Cast | null;
  readonly other: Placed;
  /** Written as a function, which no index serves. */
  readonly call: boolean;
}

export interface Search {
  readonly body: Body;
  readonly query: Query;
  readonly distance: Distance;
  /** The sort key is the distance itself, so an index can serve it. */
  readonly plain: boolean;
  /** Nearest first: true, farthest first: false, unknown: null. */
  readonly nearest: boolean | null;
  readonly limit: Node | null;
}

const operators: Readonly<Record<string, string>> = {
  cosine_distance: '<=>',
  l2_distance: '<->',
  vector_negative_inner_product: '<#>',
  l1_distance: '<+>',
};
const served: Readonly<Record<string, string>> = { l2: '<->', ip: '<#>', cosine: '<=>', l1: '<+>' };
const names: Readonly<Record<string, string>> = { '<->': 'l2', '<#>': 'ip', '<=>': 'cosine', '<+>': 'l1' };

/** Not worth parsing otherwise. A view over a view may hide the operator, and is found by the other's text. */
const mayMeasure = ({ text, view }: Body): boolean =>
  view !== null || /<=>|<->|<#>|<\+>|_distance|inner_product/.test(text);

export const isVector = (column: Column): boolean =>
  !column.array && ['vector', 'halfvec', 'sparsevec'].includes(column.typeName) && column.typeSchema !== 'pg_catalog';

export const isApproximate = (index: Index): boolean => index.method === 'hnsw' || index.method === 'ivfflat';

/** `vector_cosine_ops` serves `<=>`; undefined for classes of other types. */
export const operatorOf = (opclass: string): string | undefined =>
  served[/^(?:.*\.)?(?:vector|halfvec|sparsevec)_(l2|ip|cosine|l1)_ops$/.exec(opclass)?.[1] ?? ''];

export const opclassFor = (type: string, operator: string): string => `${type}_${names[operator] ?? 'l2'}_ops`;

/** The column and cast that an index key is about. */
export function keyTarget(key: IndexKey): { column: string; cast: Cast | null } | undefined {
  if (key.column !== null) return { column: key.column, cast: null };
  const { node, cast } = stripCast(parseExpression(key.expression));
  const ref = as(node, 'ColumnRef');
  const column = stringOf(ref?.fields?.at(-1));
  return column === undefined ? undefined : { column, cast };
}

/** The approximate indexes on a column, with or without a cast. */
export function indexesOn(table: Table, column: string): readonly { index: Index; key: IndexKey; cast: Cast | null }[] {
  return table.indexes.filter(isApproximate).flatMap((index) =>
    index.keys.slice(0, 1).flatMap((key) => {
      const target = keyTarget(key);
      return target?.column === column ? [{ index, key, cast: target.cast }] : [];
    }),
  );
}

function stripCast(node: Node | undefined): { node: Node | undefined; cast: Cast | null } {
  const typed = as(node, 'TypeCast');
  if (typed === undefined) return { node, cast: null };
  const inner = stripCast(typed.arg);
  const type = typeOf(typed.typeName);
  const outer = type === undefined ? null : { type: type.name, dimension: type.size };
  return { node: inner.node, cast: outer ?? inner.cast };
}

/** The distance that an expression is, when it is one of a vector column. */
export function distanceOf({ node, query }: Placed): Distance | undefined {
  const expression = as(node, 'A_Expr');
  const call = as(node, 'FuncCall');
  const operator =
    expression === undefined ? operators[call === undefined ? '' : functionName(call)] : lastName(expression.name);
  if (operator === undefined || names[operator] === undefined) return undefined;
  const sides = expression === undefined ? (call?.args ?? []) : [expression.lexpr, expression.rexpr];
  for (const [index, side] of sides.entries()) {
    const other = sides[1 - index];
    if (side === undefined || other === undefined) continue;
    const { node: inner, cast } = stripCast(side);
    const origin = inner === undefined ? undefined : originOf({ node: inner, query });
    if (origin === undefined || !isVector(origin.column)) continue;
    return { ...origin, operator, cast, other: { node: other, query }, call: expression === undefined };
  }
  return undefined;
}

interface Reading {
  readonly distance: Distance;
  /** 1 when it grows with the distance, -1 when it shrinks, 0 when unknown. */
  readonly sign: -1 | 0 | 1;
  readonly plain: boolean;
}

/** Finds the distance in a sort key or a comparison, and which way the expression goes. */
export function readDistance(placed: Placed): Reading | undefined {
  const there = follow(placed);
  const distance = distanceOf(there);
  if (distance !== undefined) return { distance, sign: 1, plain: !distance.call };
  const cast = as(there.node, 'TypeCast');
  if (cast?.arg !== undefined) return shift(readDistance({ node: cast.arg, query: there.query }), 1);
  const expression = as(there.node, 'A_Expr');
  if (expression === undefined) return inside(there);
  const operator = lastName(expression.name);
  const left = side(expression.lexpr, there.query);
  const right = side(expression.rexpr, there.query);
  if (left !== undefined && right !== undefined) return shift(left, 0);
  const found = left ?? right;
  if (found === undefined) return undefined;
  const constant = Number(constantOf(left === undefined ? expression.lexpr : expression.rexpr) ?? Number.NaN);
  if (operator === '+') return shift(found, 1);
  if (operator === '-') return shift(found, left === undefined ? -1 : 1);
  if (operator === '*') return shift(found, constant > 0 ? 1 : constant < 0 ? -1 : 0);
  if (operator === '/')
    return shift(
      found,
      Number.isNaN(constant) || constant === 0 ? 0 : left === undefined ? -Math.sign(constant) : Math.sign(constant),
    );
  return shift(found, 0);
}

const side = (node: Node | undefined, query: Query): Reading | undefined =>
  node === undefined ? undefined : readDistance({ node, query });

function shift(found: Reading | undefined, sign: number): Reading | undefined {
  if (found === undefined) return undefined;
  const turned = found.sign * sign;
  return { ...found, sign: turned > 0 ? 1 : turned < 0 ? -1 : 0, plain: false };
}

/** `coalesce(distance, 1)`, `round(distance, 3)`: a distance is in it, which way it goes is not known. */
function inside({ node, query }: Placed): Reading | undefined {
  const call = as(node, 'FuncCall')?.args ?? as(node, 'CoalesceExpr')?.args ?? [];
  for (const argument of call) {
    const found = side(argument, query);
    if (found !== undefined) return shift(found, 0);
  }
  return undefined;
}

const known = new WeakMap<Catalog, readonly Search[]>();
const knownDistances = new WeakMap<Catalog, readonly Found[]>();

interface Found {
  readonly body: Body;
  readonly distance: Distance;
}

/** Every distance of a vector column that a function or view writes, wherever it stands. */
export function distancesOf(catalog: Catalog): readonly Found[] {
  const cached = knownDistances.get(catalog);
  if (cached !== undefined) return cached;
  const found: Found[] = [];
  for (const body of bodiesOf(catalog).filter(mayMeasure))
    for (const query of body.queries)
      for (const part of ownParts(query))
        walk(part, (node) => {
          if ('limitOption' in node) return false;
          const expression = as(node, 'A_Expr');
          const call = as(node, 'FuncCall');
          const distance =
            expression !== undefined
              ? distanceOf({ node: { A_Expr: expression }, query })
              : call !== undefined
                ? distanceOf({ node: { FuncCall: call }, query })
                : undefined;
          if (distance !== undefined) found.push({ body, distance });
          return undefined;
        });
  knownDistances.set(catalog, found);
  return found;
}

const ownParts = ({ select }: Query): readonly unknown[] => [
  select.targetList,
  select.whereClause,
  select.havingClause,
  select.sortClause,
  select.fromClause,
];

/** Every query of a function or view that sorts by a distance first. */
export function searchesOf(catalog: Catalog): readonly Search[] {
  const cached = known.get(catalog);
  if (cached !== undefined) return cached;
  const found = bodiesOf(catalog)
    .filter(mayMeasure)
    .flatMap((body) =>
      body.queries.flatMap((query): readonly Search[] => {
        const sort = as(query.select.sortClause?.[0], 'SortBy');
        if (sort?.node === undefined) return [];
        const key = sortKey(sort.node, query);
        const window = as(as(follow(key).node, 'FuncCall')?.over?.orderClause?.[0], 'SortBy');
        const reading = readDistance(
          window?.node === undefined ? key : { node: window.node, query: follow(key).query },
        );
        if (reading === undefined) return [];
        const descending =
          ((window ?? sort).sortby_dir === 'SORTBY_DESC') !==
          (window !== undefined && sort.sortby_dir === 'SORTBY_DESC');
        return [
          {
            body,
            query,
            distance: reading.distance,
            plain: reading.plain && !descending,
            nearest: reading.sign === 0 ? null : (reading.sign === 1) !== descending,
            limit: limitOf(query, body),
          },
        ];
      }),
    );
  known.set(catalog, found);
  return found;
}

/** ORDER BY 2 and ORDER BY an output name mean that output. */
function sortKey(node: Node, query: Query): Placed {
  const outputs = (query.select.targetList ?? []).flatMap((item) => as(item, 'ResTarget') ?? []);
  const position = as(node, 'A_Const')?.ival?.ival;
  const name = as(node, 'ColumnRef')?.fields?.length === 1 ? stringOf(as(node, 'ColumnRef')?.fields?.[0]) : undefined;
  const target =
    position === undefined ? outputs.find((each) => name !== undefined && each.name === name) : outputs[position - 1];
  return { node: target?.val ?? node, query };
}

/** Its own LIMIT, or that of a query which takes its rows as they are. */
function limitOf(query: Query, body: Body): Node | null {
  if (query.select.limitCount !== undefined) return query.select.limitCount;
  for (const other of body.queries)
    for (const relation of other.relations.values())
      if (relation.kind === 'query' && relation.query === query && other.select.limitCount !== undefined)
        return other.select.limitCount;
  return null;
}

/** Comparisons of a distance with something: `1 - (a <=> q) > threshold`, wherever they stand in a WHERE. */
export function isThreshold(condition: Node, query: Query): boolean {
  const expression = as(condition, 'A_Expr');
  if (expression === undefined || !['<', '<=', '>', '>='].includes(lastName(expression.name))) return false;
  return side(expression.lexpr, query) !== undefined || side(expression.rexpr, query) !== undefined;
}

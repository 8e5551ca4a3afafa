// An approximate index hands over its nearest candidates first; what policies and WHERE throw away is not replaced.
import type { Node } from 'libpg-query';
import type { Catalog, Index, Table } from '../../catalog/model.ts';
import type { Body } from '../queries/bodies.ts';
import { parseExpression, parseStatements } from '../queries/parse.ts';
import type { Query } from '../queries/scope.ts';
import { originOf } from '../queries/scope.ts';
import { all, as, conjuncts, constantOf, lastName, namesOf } from '../queries/tree.ts';
import type { Evidence, Rule } from '../rule.ts';
import { indexesOn, isThreshold, operatorOf, type Search, searchesOf } from './vectors-searches.ts';

/** hnsw.ef_search where nobody sets it. */
const candidates = 40;

function sets(body: Body, evidence: Evidence, name: string): boolean {
  const text = `${body.routine?.settings.join('\n') ?? ''}\n${body.routine?.body ?? ''}`;
  if (new RegExp(`${name}[^\\n]{0,12}\\boff\\b`, 'i').test(text)) return false;
  return (
    text.includes(name) ||
    evidence.sources.some(({ text: file }) =>
      new RegExp(`alter\\s+(database|role|system)\\b[^;]*${name}`, 'i').test(file),
    )
  );
}

/** The condition of a policy that hides rows from those who call the search. */
function hidesRows({ rls, forceRls, schema, name, owner }: Table, body: Body, catalog: Catalog): boolean {
  if (!rls) return false;
  const asOwner = body.routine?.definer === true && body.routine.owner === owner && !forceRls;
  if (asOwner || (body.view !== null && !body.view.options.includes('security_invoker=true'))) return false;
  const reading = catalog.policies.filter(
    (policy) => policy.schema === schema && policy.table === name && ['all', 'select'].includes(policy.command),
  );
  return reading.some(
    ({ roles, using }) => using !== 'true' && roles.some((role) => ['public', 'authenticated', 'anon'].includes(role)),
  );
}

/** Columns named in the WHERE of a partial index: a filter on them starves nobody. */
function covered(index: Index, column: string): boolean {
  if (index.predicate === null) return false;
  return all(parseExpression(index.predicate), 'ColumnRef').some((ref) => namesOf(ref).at(-1) === column);
}

/** The first condition that may throw rows away after the index chose them. */
function filterOf({ query, distance }: Search, index: Index): string | undefined {
  for (const condition of conjuncts(query.select.whereClause)) {
    if (isThreshold(condition, query) || as(condition, 'NullTest') !== undefined || joins(condition, query)) continue;
    for (const ref of all(condition, 'ColumnRef')) {
      const origin = originOf({ node: { ColumnRef: ref }, query });
      if (
        origin === undefined ||
        (origin.table === distance.table && (covered(index, origin.column.name) || origin.column === distance.column))
      )
        continue;
      return `${origin.table.name}.${origin.column.name}`;
    }
  }
  return undefined;
}

function joins(condition: Node, query: Query): boolean {
  const expression = as(condition, 'A_Expr');
  if (expression === undefined || lastName(expression.name) !== '=') return false;
  const sides = [expression.lexpr, expression.rexpr].map((node) =>
    node === undefined ? undefined : originOf({ node, query }),
  );
  return sides.every((each) => each !== undefined) && sides[0]?.table !== sides[1]?.table;
}

/** LIMIT as a number, where it is one or an argument with a default. */
function limitNumber(limit: Node | null, body: Body): number | undefined {
  const constant = Number(constantOf(limit) ?? Number.NaN);
  if (!Number.isNaN(constant)) return constant;
  const ref = as(limit, 'ColumnRef');
  const name = ref === undefined ? undefined : namesOf(ref).at(-1);
  const create = as(parseStatements(body.routine?.text ?? '')?.[0], 'CreateFunctionStmt');
  for (const node of create?.parameters ?? []) {
    const parameter = as(node, 'FunctionParameter');
    const value = Number(constantOf(parameter?.defexpr) ?? Number.NaN);
    if (parameter?.name === name && name !== undefined && !Number.isNaN(value)) return value;
  }
  return undefined;
}

export const vectorsFewerRows: Rule = {
  id: 'vectors-fewer-rows',
  level: 'warning',
  category: 'vectors',
  title: 'The approximate search can return fewer rows than asked for',
  why: 'An approximate index yields a fixed number of candidates (hnsw.ef_search, 40 unless set). Row-level security and WHERE are applied afterwards, and what they remove is not replaced: a small tenant gets two rows of ten, or none. pgvector 0.8 goes on searching when hnsw.iterative_scan is set.',
  mend: "Set it for the function: `alter function … set hnsw.iterative_scan = 'strict_order'` (ivfflat.iterative_scan = 'relaxed_order'), use a partial index a tenant, or search exactly inside the tenant.",
  profiles: ['greenfield', 'live'],
  reads: 'both',
  check: (evidence) =>
    searchesOf(evidence.catalog).flatMap((search) => {
      const { body, distance, plain, limit } = search;
      const { table, column, operator } = distance;
      const used = indexesOn(table, column.name).find(({ key }) => operatorOf(key.opclass) === operator);
      if (!plain || limit === null || used === undefined) return [];
      const { method, name } = used.index;
      if (sets(body, evidence, `${method}.iterative_scan`)) return [];
      const filter = filterOf(search, used.index);
      const asked = limitNumber(limit, body);
      const cause = hidesRows(table, body, evidence.catalog)
        ? `policies of ${table.schema}.${table.name} then hide rows`
        : filter !== undefined
          ? `the filter on ${filter} then removes rows`
          : method === 'hnsw' && asked !== undefined && asked > candidates && !sets(body, evidence, 'hnsw.ef_search')
            ? `LIMIT is ${asked}`
            : undefined;
      if (cause === undefined) return [];
      const yields =
        method === 'hnsw' ? `about ${candidates} candidates (hnsw.ef_search)` : 'the rows of one list (ivfflat.probes)';
      return [
        {
          object: body.object,
          message: `${body.name} gets ${yields} from ${name}, and ${cause}: fewer than LIMIT rows can come back.`,
          ...(body.routine === null
            ? {}
            : {
                hint: `alter function ${body.object} set ${method}.iterative_scan = '${method === 'hnsw' ? 'strict_order' : 'relaxed_order'}';`,
              }),
        },
      ];
    }),
};

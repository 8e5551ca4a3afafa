// `metadata @> filter` reads every row's document unless a GIN index serves it.
import type { Table } from '../../catalog/model.ts';
import { bodiesOf } from '../queries/bodies.ts';
import { originOf } from '../queries/scope.ts';
import { as, lastName, walk } from '../queries/tree.ts';
import type { Found, Rule } from '../rule.ts';

const hasGin = (table: Table, column: string): boolean =>
  table.indexes.some(
    ({ method, keys }) =>
      method === 'gin' &&
      keys.some((key) => key.column === column || new RegExp(`\\b${column}\\b`).test(key.expression)),
  );

export const vectorsFilterWithoutGin: Rule = {
  id: 'vectors-filter-without-gin',
  level: 'info',
  category: 'performance',
  title: 'A jsonb column is filtered by containment without a GIN index',
  why: '`metadata @> filter` without a GIN index unpacks the document of every row. The usual match_documents(filter jsonb) does this at each search.',
  mend: 'create index … using gin (metadata jsonb_path_ops), or keep what you filter by as a real column.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) => {
    const found = new Map<string, Found>();
    for (const body of bodiesOf(catalog).filter(({ text }) => /@>|<@/.test(text)))
      for (const query of body.queries)
        walk(query.select.whereClause, (node) => {
          if ('limitOption' in node) return false;
          const expression = as(node, 'A_Expr');
          const operator = lastName(expression?.name);
          const side = operator === '@>' ? expression?.lexpr : operator === '<@' ? expression?.rexpr : undefined;
          const origin = side === undefined ? undefined : originOf({ node: side, query });
          if (origin === undefined || origin.column.typeName !== 'jsonb' || hasGin(origin.table, origin.column.name))
            return undefined;
          const { table, column } = origin;
          const object = `${table.schema}.${table.name}.${column.name}`;
          if (!found.has(object))
            found.set(object, {
              object,
              message: `${body.name} filters ${object} by ${operator}, and no GIN index serves that.`,
              hint: `create index on ${table.schema}.${table.name} using gin (${column.name} jsonb_path_ops);`,
            });
          return undefined;
        });
    return [...found.values()];
  },
};

// Vectors of different dimensions cannot be compared: the call fails as soon as there is a row.
import type { Node } from 'libpg-query';
import type { Column } from '../../catalog/model.ts';
import type { Body } from '../queries/bodies.ts';
import { originOf } from '../queries/scope.ts';
import { as, namesOf, typeOf } from '../queries/tree.ts';
import type { Evidence, Found, Rule } from '../rule.ts';
import { declaredArguments } from './vectors-arguments.ts';
import { type Distance, distancesOf, indexesOn, isVector } from './vectors-searches.ts';

interface Sized {
  readonly dimension: number;
  readonly what: string;
}

/** The dimension that the other side is written with: by a cast, an argument's declaration, or its own column. */
function otherSide({ other }: Distance, body: Body, evidence: Evidence): Sized | undefined {
  const cast = as(other.node, 'TypeCast');
  const type = typeOf(cast?.typeName);
  if (type !== undefined && type.size !== null && /^(vector|halfvec|sparsevec)$/.test(type.name))
    return { dimension: type.size, what: `a cast to ${type.name}(${type.size})` };
  const bare: Node = cast?.arg ?? other.node;
  const column = originOf({ node: bare, query: other.query });
  if (column !== undefined)
    return isVector(column.column) && column.column.typmod > 0
      ? { dimension: column.column.typmod, what: `column ${column.table.name}.${column.column.name}` }
      : undefined;
  if (body.routine === null) return undefined;
  const ref = as(bare, 'ColumnRef');
  const name = ref === undefined ? undefined : namesOf(ref).at(-1);
  const number = as(bare, 'ParamRef')?.number;
  const found = declaredArguments(body.routine, evidence.sources).find(
    (each, index) => each.name === name || index + 1 === number,
  );
  return found === undefined || found.size === null || !/^(vector|halfvec|sparsevec)$/.test(found.type)
    ? undefined
    : { dimension: found.size, what: `argument ${found.name}, declared ${found.type}(${found.size}),` };
}

const dimensionOf = (distance: Distance): number => distance.cast?.dimension ?? distance.column.typmod;

function indexFaults({ catalog }: Evidence): readonly Found[] {
  const sized = (column: Column): boolean => isVector(column) && column.typmod > 0;
  return catalog.tables.flatMap((table) =>
    table.columns.filter(sized).flatMap((column) =>
      indexesOn(table, column.name).flatMap(({ index, cast }) =>
        cast?.dimension === null || cast?.dimension === undefined || cast.dimension === column.typmod
          ? []
          : [
              {
                object: `index ${table.schema}.${index.name}`,
                message: `Index ${index.name} casts ${table.schema}.${table.name}.${column.name} to ${cast.type}(${cast.dimension}), but the column has ${column.typmod} dimensions: the first row will be refused.`,
                hint: `Cast to ${cast.type}(${column.typmod}).`,
              },
            ],
      ),
    ),
  );
}

export const vectorsDimensionMismatch: Rule = {
  id: 'vectors-dimension-mismatch',
  level: 'error',
  category: 'vectors',
  title: 'Column and search disagree about the dimension',
  why: 'PostgreSQL drops the dimension of function arguments and creates the function without complaint; the call then fails with "different vector dimensions" as soon as the table has a row.',
  mend: 'Use one dimension, that of the embedding model, in the column, in the index and in the function.',
  profiles: ['greenfield', 'live'],
  reads: 'both',
  check: (evidence) => {
    const seen = new Set<string>();
    const calls = distancesOf(evidence.catalog).flatMap(({ body, distance }) => {
      const expected = dimensionOf(distance);
      const other = otherSide(distance, body, evidence);
      if (expected <= 0 || other === undefined || other.dimension === expected) return [];
      const key = `${body.object} ${distance.table.oid} ${distance.column.name} ${other.what}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [
        {
          object: body.object,
          message: `${body.name} compares ${distance.table.schema}.${distance.table.name}.${distance.column.name}, which has ${expected} dimensions, with ${other.what} which has ${other.dimension}: each call fails once there is a row.`,
          hint: `Make both ${expected} or both ${other.dimension}.`,
        },
      ];
    });
    const tried = (evidence.live?.failedSearches ?? []).map(({ object, message }) => ({
      object,
      message: `${object} fails when it is called: ${message}.`,
    }));
    return [
      ...calls,
      ...indexFaults(evidence),
      ...tried.filter(({ object }) => calls.every((call) => call.object !== object)),
    ];
  },
};

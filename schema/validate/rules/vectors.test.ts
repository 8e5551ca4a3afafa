// Each vector rule: SQL that it finds, near misses, and both with every name replaced.
import { type Case, tryCases } from './rule-cases.ts';
import { vectorsCastMissing } from './vectors-cast-missing.ts';
import { vectorsDimensionLimit } from './vectors-dimension-limit.ts';
import { vectorsDimensionMismatch } from './vectors-dimension-mismatch.ts';
import { vectorsDimensionUnset } from './vectors-dimension-unset.ts';
import { vectorsExtensionMissing } from './vectors-extension-missing.ts';
import { vectorsFarthestFirst } from './vectors-farthest-first.ts';
import { vectorsFewerRows } from './vectors-fewer-rows.ts';
import { vectorsFilterAfterLimit } from './vectors-filter-after-limit.ts';
import { vectorsFilterWithoutGin } from './vectors-filter-without-gin.ts';
import { vectorsHiddenThreshold } from './vectors-hidden-threshold.ts';
import { vectorsIvfflatEmpty } from './vectors-ivfflat-empty.ts';
import { vectorsModelUnrecorded } from './vectors-model-unrecorded.ts';
import { vectorsNoIndex } from './vectors-no-index.ts';
import { vectorsNoLimit } from './vectors-no-limit.ts';
import { vectorsOperatorClass } from './vectors-operator-class.ts';
import { vectorsUnindexableOrder } from './vectors-unindexable-order.ts';

const names = [
  'docs',
  'vec',
  'meta',
  'find_docs',
  'owner',
  'docs_vec_idx',
  'probe',
  'wanted',
  'hits',
  'near',
  'groups',
  'group_id',
];
const docs = `create table docs (id bigint primary key, content text, owner uuid, meta jsonb, vec vector(3));`;
const index = (opclass: string, method = 'hnsw'): string =>
  `create index docs_vec_idx on docs using ${method} (vec ${opclass});`;
const find = (query: string, language = 'sql stable'): string => {
  const body = language.startsWith('plpgsql') ? `begin return query ${query}; end` : query;
  return `create function find_docs(probe vector(3), wanted int) returns table (hit bigint, likeness float8) language ${language} as $$ ${body} $$;`;
};
const byCosine = 'select d.id, 1 - (d.vec <=> probe) from docs d order by d.vec <=> probe limit wanted';
const big = 'create table docs (id bigint primary key, vec vector(3072));';
const castIndex = 'create index docs_vec_idx on docs using hnsw ((vec::halfvec(3072)) halfvec_cosine_ops);';
const findBig = (key: string): string =>
  `create function find_docs(probe vector(3072)) returns setof bigint language sql stable as $$ select id from docs order by ${key} limit 5 $$;`;
const rls = `alter table docs enable row level security; create policy mine on docs for select to authenticated using (owner = (select auth.uid()));`;

const one = (
  rule: Case['rule'],
  says: string,
  sql: Case['sql'],
  finds: readonly string[] = [],
  rest: Partial<Case> = {},
): Case => ({ rule, says, sql, finds, names, ...rest });
const fn = ['@.find_docs'];
const column = ['@.docs.vec'];

tryCases([
  one(vectorsOperatorClass, 'cosine search over an index of L2', docs + index('vector_l2_ops') + find(byCosine), fn),
  one(
    vectorsOperatorClass,
    'inner product in PL/pgSQL over cosine',
    docs +
      index('vector_cosine_ops') +
      find('select d.id, d.vec <#> probe from docs d order by d.vec <#> probe limit wanted', 'plpgsql'),
    fn,
  ),
  one(
    vectorsOperatorClass,
    'in a view',
    `${docs}${index('vector_ip_ops')}create view near as select a.id from docs a, docs b order by a.vec <-> b.vec limit 5;`,
    ['@.near'],
  ),
  one(
    vectorsOperatorClass,
    'through a common table expression',
    docs +
      index('vector_l2_ops') +
      find(
        `with hits as (select d.id, d.vec <=> probe as far from docs d order by far limit wanted) select id, far from hits`,
      ),
    fn,
  ),
  one(
    vectorsOperatorClass,
    'in a function that builds its statement',
    `${docs}${index('vector_l2_ops')}${find(`execute format('select d.id, d.vec <=> $1 from docs d order by d.vec <=> $1 limit %s', wanted) using probe`, 'plpgsql')}`,
    fn,
  ),
  one(
    vectorsOperatorClass,
    'operator written with its schema',
    docs +
      index('vector_l2_ops') +
      find('select d.id, 0.0::float8 from docs d order by d.vec operator(extensions.<=>) probe limit wanted'),
    fn,
  ),
  one(vectorsOperatorClass, 'the right class', docs + index('vector_cosine_ops') + find(byCosine)),
  one(
    vectorsOperatorClass,
    'two indexes, one of them right',
    `${docs}${index('vector_l2_ops')}create index other on docs using hnsw (vec vector_cosine_ops);${find(byCosine)}`,
  ),
  one(vectorsOperatorClass, 'no approximate index at all', docs + find(byCosine)),
  one(
    vectorsOperatorClass,
    '<-> of another type',
    `create table docs (id bigint primary key, spot point); create index docs_vec_idx on docs using gist (spot); create view near as select id from docs order by spot <-> point(0, 0) limit 3;`,
  ),

  one(vectorsCastMissing, 'the plain column over an index on halfvec', big + castIndex + findBig('vec <=> probe'), fn),
  one(
    vectorsCastMissing,
    'a cast to another dimension',
    big + castIndex + findBig('vec::halfvec(1024) <=> probe::halfvec(1024)'),
    fn,
  ),
  one(
    vectorsCastMissing,
    'the cast of the index',
    big + castIndex + findBig('vec::halfvec(3072) <=> probe::halfvec(3072)'),
  ),
  one(vectorsCastMissing, 'a plain index and a plain search', docs + index('vector_cosine_ops') + find(byCosine)),

  one(
    vectorsUnindexableOrder,
    'by similarity, an output name',
    docs +
      index('vector_cosine_ops') +
      find('select d.id, 1 - (d.vec <=> probe) as likeness from docs d order by likeness desc limit wanted'),
    fn,
  ),
  one(
    vectorsUnindexableOrder,
    'by position',
    docs +
      index('vector_cosine_ops') +
      find('select d.id, 1 - (d.vec <=> probe) from docs d order by 2 desc limit wanted'),
    fn,
  ),
  one(
    vectorsUnindexableOrder,
    'by a function',
    docs +
      index('vector_cosine_ops') +
      find('select d.id, 0.0::float8 from docs d order by cosine_distance(d.vec, probe) limit wanted'),
    fn,
  ),
  one(vectorsUnindexableOrder, 'by the distance', docs + index('vector_cosine_ops') + find(byCosine)),
  one(
    vectorsUnindexableOrder,
    'by similarity, where exact search is said to be meant',
    `${docs}comment on column docs.vec is 'searched exactly inside the owner''s rows';${find('select d.id, 1 - (d.vec <=> probe) as likeness from docs d order by likeness desc limit wanted')}`,
  ),

  one(
    vectorsFarthestFirst,
    'the distance downwards',
    docs + find('select d.id, 0.0::float8 from docs d order by d.vec <-> probe desc limit wanted'),
    fn,
  ),
  one(
    vectorsFarthestFirst,
    'the similarity upwards',
    docs + find('select d.id, 1 - (d.vec <=> probe) as likeness from docs d order by likeness limit wanted'),
    fn,
  ),
  one(
    vectorsFarthestFirst,
    'the negative inner product turned around',
    docs + find('select d.id, (d.vec <#> probe) * -1 as likeness from docs d order by likeness desc limit wanted'),
  ),
  one(vectorsFarthestFirst, 'the distance upwards', docs + find(byCosine)),

  one(
    vectorsDimensionMismatch,
    'column and argument',
    `${docs}${find(byCosine).replace('vector(3)', 'vector(4)')}`,
    fn,
  ),
  one(
    vectorsDimensionMismatch,
    'column and a cast in the body',
    docs + find('select d.id, d.vec <=> probe::vector(2) from docs d'),
    fn,
  ),
  one(
    vectorsDimensionMismatch,
    'an index on a cast',
    `${docs}create index docs_vec_idx on docs using hnsw ((vec::halfvec(4)) halfvec_cosine_ops);`,
    ['index @.docs_vec_idx'],
  ),
  one(vectorsDimensionMismatch, 'the same everywhere', docs + find(byCosine)),
  one(vectorsDimensionMismatch, 'replaced by a later file', [
    docs + find(byCosine).replace('vector(3)', 'vector(4)'),
    find(byCosine).replace('create function', 'create or replace function'),
  ]),
  one(
    vectorsDimensionMismatch,
    'a column without dimension',
    `create table docs (id bigint, vec vector);${find(byCosine)}`,
  ),

  one(vectorsDimensionUnset, 'no dimension', 'create table docs (id bigint, vec vector);', column),
  one(
    vectorsDimensionUnset,
    'no dimension, but an index on a cast',
    'create table docs (id bigint, vec vector); create index docs_vec_idx on docs using hnsw ((vec::vector(3)) vector_cosine_ops);',
  ),
  one(
    vectorsDimensionUnset,
    'no dimension, but a check',
    'create table docs (id bigint, vec vector check (vector_dims(vec) = 3));',
  ),
  one(vectorsDimensionUnset, 'a dimension', docs),

  one(
    vectorsDimensionLimit,
    'vector of 3,072',
    `${big}create index docs_vec_idx on docs using hnsw (vec vector_cosine_ops);`,
    ['index @.docs_vec_idx'],
    { unapplied: true },
  ),
  one(
    vectorsDimensionLimit,
    'widened by a later file',
    [
      'create table docs (id bigint, vec vector(1536));',
      'alter table docs alter column vec type vector(3072); create index docs_vec_idx on docs using ivfflat (vec);',
    ],
    ['index @.docs_vec_idx'],
    { unapplied: true },
  ),
  one(
    vectorsDimensionLimit,
    'halfvec of 5,000',
    'create table docs (id bigint, vec halfvec(5000)); create index docs_vec_idx on docs using hnsw (vec halfvec_l2_ops);',
    ['index @.docs_vec_idx'],
    { unapplied: true },
  ),
  one(
    vectorsDimensionLimit,
    'vector of 2,000',
    'create table docs (id bigint, vec vector(2000)); create index docs_vec_idx on docs using hnsw (vec vector_cosine_ops);',
    [],
    { unapplied: true },
  ),
  one(vectorsDimensionLimit, '3,072 as halfvec', big + castIndex, [], { unapplied: true }),

  one(vectorsNoIndex, 'no index', docs, column),
  one(vectorsNoIndex, 'a btree beside it', `${docs}create index docs_vec_idx on docs (owner);`, column),
  one(vectorsNoIndex, 'an index', docs + index('vector_cosine_ops')),
  one(vectorsNoIndex, 'an index on a cast', big + castIndex),
  one(
    vectorsNoIndex,
    'a comment on the column',
    `${docs}comment on column docs.vec is 'few rows a tenant: exact search';`,
  ),
  one(
    vectorsNoIndex,
    'a comment in the file',
    'create table docs (\n  id bigint,\n  -- Searched exactly: there are few rows a tenant.\n  vec vector(3)\n);',
  ),
  one(
    vectorsNoIndex,
    'a comment about another column',
    'create table docs (\n  -- The exact title.\n  title text,\n  a int,\n  b int,\n  c int,\n  d int,\n  vec vector(3)\n);',
    column,
  ),

  one(vectorsFewerRows, 'under policies', docs + index('vector_cosine_ops') + rls + find(byCosine), fn),
  one(
    vectorsFewerRows,
    'under a filter',
    docs +
      index('vector_cosine_ops') +
      find(`select d.id, 0.0::float8 from docs d where d.meta @> '{"a": 1}' order by d.vec <=> probe limit wanted`),
    fn,
  ),
  one(
    vectorsFewerRows,
    'more than ef_search asked for',
    docs + index('vector_cosine_ops') + find('select d.id, 0.0::float8 from docs d order by d.vec <=> probe limit 100'),
    fn,
  ),
  one(
    vectorsFewerRows,
    'iterative scan set for the function',
    `${docs}${index('vector_cosine_ops')}${rls}${find(byCosine)}alter function find_docs set hnsw.iterative_scan = 'strict_order';`,
  ),
  one(
    vectorsFewerRows,
    'iterative scan set in the body',
    docs +
      index('vector_cosine_ops') +
      rls +
      `create function find_docs(probe vector(3)) returns setof bigint language plpgsql as $$ begin perform set_config('hnsw.iterative_scan', 'strict_order', true); return query select d.id from docs d order by d.vec <=> probe limit 5; end $$;`,
  ),
  one(
    vectorsFewerRows,
    'a definer that sees all rows',
    docs + index('vector_cosine_ops') + rls + find(byCosine, 'sql stable security definer'),
  ),
  one(
    vectorsFewerRows,
    'policies that hide nothing',
    `${docs}${index('vector_cosine_ops')}alter table docs enable row level security; create policy all_read on docs for select using (true);${find(byCosine)}`,
  ),
  one(
    vectorsFewerRows,
    'only a threshold on the distance',
    docs +
      index('vector_cosine_ops') +
      find('select d.id, 0.0::float8 from docs d where d.vec <=> probe < 0.5 order by d.vec <=> probe limit wanted'),
  ),
  one(
    vectorsFewerRows,
    'a filter that is the index predicate',
    `${docs}create index docs_vec_idx on docs using hnsw (vec vector_cosine_ops) where owner is not null;${find('select d.id, 0.0::float8 from docs d where d.owner is not null order by d.vec <=> probe limit wanted')}`,
  ),
  one(vectorsFewerRows, 'no index: every row is compared', docs + rls + find(byCosine)),

  one(
    vectorsFilterAfterLimit,
    'owner tested outside',
    docs +
      find(
        'select hits.id, hits.far from (select d.id, d.owner, d.vec <=> probe as far from docs d order by far limit wanted) hits where hits.owner = auth.uid()',
      ),
    fn,
  ),
  one(
    vectorsFilterAfterLimit,
    'a joined table tested outside',
    `create table groups (id bigint primary key, owner uuid); create table docs (id bigint primary key, group_id bigint references groups, vec vector(3));${find('with hits as (select d.id, d.group_id, d.vec <=> probe as far from docs d order by d.vec <=> probe limit wanted) select hits.id, hits.far from hits join groups on groups.id = hits.group_id where groups.owner = auth.uid()')}`,
    fn,
  ),
  one(
    vectorsFilterAfterLimit,
    'only a threshold outside',
    docs +
      find(
        'select hits.id, hits.far from (select d.id, d.vec <=> probe as far from docs d order by d.vec <=> probe limit wanted) hits where hits.far < 0.5',
      ),
  ),
  one(
    vectorsFilterAfterLimit,
    'owner tested inside',
    docs +
      find(
        'select hits.id, hits.far from (select d.id, d.vec <=> probe as far from docs d where d.owner = auth.uid() order by far limit wanted) hits',
      ),
  ),

  one(
    vectorsNoLimit,
    'PL/pgSQL without LIMIT',
    docs + find('select d.id, d.vec <=> probe from docs d order by d.vec <=> probe', 'plpgsql'),
    fn,
  ),
  one(
    vectorsNoLimit,
    'a definer in SQL without LIMIT',
    docs + find('select d.id, d.vec <=> probe from docs d order by d.vec <=> probe', 'sql stable security definer'),
    fn,
  ),
  one(
    vectorsNoLimit,
    'SQL that the caller can limit',
    docs + find('select d.id, d.vec <=> probe from docs d order by d.vec <=> probe'),
  ),
  one(vectorsNoLimit, 'a LIMIT', docs + find(byCosine, 'plpgsql')),

  one(
    vectorsHiddenThreshold,
    'a constant',
    docs +
      find(
        'select d.id, 0.0::float8 from docs d where 1 - (d.vec <=> probe) > 0.78 order by d.vec <=> probe limit wanted',
      ),
    fn,
  ),
  one(
    vectorsHiddenThreshold,
    'an argument',
    `${docs}create function find_docs(probe vector(3), floor float8) returns setof bigint language sql stable as $$ select d.id from docs d where 1 - (d.vec <=> probe) > floor order by d.vec <=> probe limit 5 $$;`,
  ),

  one(vectorsModelUnrecorded, 'no model', docs, column),
  one(
    vectorsModelUnrecorded,
    'a column for the model',
    'create table docs (id bigint, embedding_model text not null, vec vector(3));',
  ),
  one(
    vectorsModelUnrecorded,
    'a parent that records it',
    'create table groups (id bigint primary key, embeddings_provider text); create table docs (id bigint, group_id bigint references groups, vec vector(3));',
  ),
  one(
    vectorsModelUnrecorded,
    'a comment that names it',
    `${docs}comment on column docs.vec is 'text-embedding-3-small';`,
  ),

  one(vectorsExtensionMissing, 'nothing installs it', docs, ['@.docs'], { unapplied: true }),
  one(
    vectorsExtensionMissing,
    'only an argument uses it',
    'create function find_docs(probe halfvec(3)) returns int language sql as $$ select 1 $$;',
    fn,
    { unapplied: true },
  ),
  one(vectorsExtensionMissing, 'installed first', `create extension if not exists vector;${docs}`, [], {
    unapplied: true,
  }),
  one(vectorsExtensionMissing, 'no vectors', 'create table docs (id bigint, vector text);', [], { unapplied: true }),

  one(vectorsIvfflatEmpty, 'table and index in one file', docs + index('vector_cosine_ops', 'ivfflat'), [
    'index @.docs_vec_idx',
  ]),
  one(
    vectorsIvfflatEmpty,
    'filled before',
    `${docs}insert into docs (id, vec) select n, array[n, 1, 1]::vector from generate_series(1, 200) n;${index('vector_cosine_ops', 'ivfflat')}`,
  ),
  one(vectorsIvfflatEmpty, 'live, on a table of an earlier file', [docs, index('vector_cosine_ops', 'ivfflat')], [], {
    profile: 'live',
  }),
  one(vectorsIvfflatEmpty, 'HNSW', docs + index('vector_cosine_ops')),

  one(
    vectorsFilterWithoutGin,
    'the usual filter',
    docs + find(`select d.id, 0.0::float8 from docs d where d.meta @> '{}' order by d.vec <=> probe limit wanted`),
    ['@.docs.meta'],
  ),
  one(
    vectorsFilterWithoutGin,
    'with an index',
    `${docs}create index docs_vec_idx on docs using gin (meta jsonb_path_ops);${find(`select d.id, 0.0::float8 from docs d where d.meta @> '{}' order by d.vec <=> probe limit wanted`)}`,
  ),
  one(
    vectorsFilterWithoutGin,
    'containment of arrays',
    `create table docs (id bigint primary key, tags text[], vec vector(3));${find(`select d.id, 0.0::float8 from docs d where d.tags @> '{a}' order by d.vec <=> probe limit wanted`)}`,
  ),
]);

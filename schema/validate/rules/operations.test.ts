// Each rule about changing tables that hold rows: SQL that it finds, near misses, and both with every name replaced.
import {
  operationsDropInUse,
  operationsRenameInUse,
  operationsRequiredColumn,
  operationsTypeChange,
  operationsVolatileDefault,
} from './operations-columns.ts';
import {
  operationsConstraintNotValid,
  operationsSetNotNull,
  operationsValidateInSameFile,
} from './operations-constraints.ts';
import { operationsEnumOrder, operationsEnumUsedTooSoon } from './operations-enums.ts';
import {
  operationsConcurrentInTransaction,
  operationsDropIndexNotConcurrent,
  operationsIndexNotConcurrent,
  operationsUniqueConstraint,
} from './operations-indexes.ts';
import {
  operationsBackfillWithDdl,
  operationsLockTimeout,
  operationsManyLocks,
  operationsRewriteCommand,
  operationsTruncateCascade,
} from './operations-transactions.ts';
import { type Case, tryCases } from './rule-cases.ts';

const names = ['docs', 'title', 'author', 'docs_key', 'folders', 'shelves', 'mood', 'calm', 'wild'];
const one = (rule: Case['rule'], says: string, sql: Case['sql'], finds: readonly string[] = []): Case => ({
  rule,
  says,
  sql,
  finds,
  names,
  profile: 'live',
  unapplied: true,
});

const docs = 'create table docs (id bigint primary key, author uuid, title varchar(20));';
const table = ['@.docs'];
const key = ['@.docs constraint "docs_key"'];
const index = ['index @.docs_key'];
const mood = `create type mood as enum ('calm');`;

tryCases([
  one(
    operationsIndexNotConcurrent,
    'on a table of an earlier file',
    [docs, 'create index docs_key on docs (title);'],
    index,
  ),
  one(
    operationsIndexNotConcurrent,
    'on a table of the database',
    'create index docs_key on public.docs (title);',
    index,
  ),
  one(operationsIndexNotConcurrent, 'on a table of the same file', `${docs} create index docs_key on docs (title);`),
  one(operationsIndexNotConcurrent, 'concurrently', [docs, 'create index concurrently docs_key on docs (title);']),

  one(operationsDropIndexNotConcurrent, 'an index of the database', 'drop index public.docs_key;', index),
  one(operationsDropIndexNotConcurrent, 'concurrently', 'drop index concurrently docs_key;'),
  one(
    operationsDropIndexNotConcurrent,
    'made in the same file',
    `${docs} create index docs_key on docs (title); drop index docs_key;`,
  ),

  one(operationsUniqueConstraint, 'on an old table', 'alter table docs add constraint docs_key unique (title);', key),
  one(operationsUniqueConstraint, 'a primary key without a name', 'alter table docs add primary key (id);', table),
  one(
    operationsUniqueConstraint,
    'using an index',
    'alter table docs add constraint docs_key unique using index docs_key;',
  ),
  one(operationsUniqueConstraint, 'on a new table', `${docs} alter table docs add constraint docs_key unique (title);`),

  one(
    operationsConcurrentInTransaction,
    'beside other statements',
    'alter table docs add author uuid; create index concurrently docs_key on docs (title);',
    index,
  ),
  one(
    operationsConcurrentInTransaction,
    'between begin and commit',
    'begin; create index concurrently docs_key on docs (title); commit;',
    index,
  ),
  one(operationsConcurrentInTransaction, 'alone in its file', 'create index concurrently docs_key on docs (title);'),
  one(
    operationsConcurrentInTransaction,
    'in a file that says so',
    '-- no transaction\ncreate index concurrently docs_key on docs (title); drop index concurrently wild;',
  ),

  one(
    operationsConstraintNotValid,
    'a foreign key',
    'alter table docs add constraint docs_key foreign key (author) references folders (id);',
    key,
  ),
  one(operationsConstraintNotValid, 'a check', `alter table docs add constraint docs_key check (title <> '');`, key),
  one(
    operationsConstraintNotValid,
    'a check of a new column',
    `alter table docs add column title text check (title <> '');`,
    ['@.docs.title'],
  ),
  one(
    operationsConstraintNotValid,
    'NOT VALID',
    'alter table docs add constraint docs_key foreign key (author) references folders (id) not valid;',
  ),
  one(
    operationsConstraintNotValid,
    'a new column with a foreign key',
    'alter table docs add column author uuid references folders (id);',
  ),
  one(
    operationsConstraintNotValid,
    'on a new table',
    `${docs} alter table docs add constraint docs_key check (title <> '');`,
  ),

  one(
    operationsValidateInSameFile,
    'added and validated',
    `alter table docs add constraint docs_key check (title <> '') not valid; alter table docs validate constraint docs_key;`,
    key,
  ),
  one(operationsValidateInSameFile, 'validated in the next file', [
    `alter table docs add constraint docs_key check (title <> '') not valid;`,
    'alter table docs validate constraint docs_key;',
  ]),

  one(operationsSetNotNull, 'on an old table', 'alter table docs alter column title set not null;', ['@.docs.title']),
  one(operationsSetNotNull, 'proven by a check', [
    'alter table docs add constraint docs_key check (title is not null) not valid;',
    'alter table docs validate constraint docs_key;',
    'alter table docs alter column title set not null;',
  ]),
  one(operationsSetNotNull, 'on a new table', `${docs} alter table docs alter column title set not null;`),

  one(operationsTypeChange, 'bigint to text', [docs, 'alter table docs alter column id type text;'], ['@.docs.id']),
  one(
    operationsTypeChange,
    'a shorter varchar',
    [docs, 'alter table docs alter column title type varchar(10);'],
    ['@.docs.title'],
  ),
  one(
    operationsTypeChange,
    'another dimension',
    ['create table docs (title vector(768));', 'alter table docs alter column title type vector(1536);'],
    ['@.docs.title'],
  ),
  one(operationsTypeChange, 'varchar to text', [docs, 'alter table docs alter column title type text;']),
  one(operationsTypeChange, 'a longer varchar', [docs, 'alter table docs alter column title type varchar(200);']),
  one(operationsTypeChange, 'a numeric with more digits', [
    'create table docs (title numeric(10, 2));',
    'alter table docs alter column title type numeric(20, 2);',
  ]),
  one(operationsTypeChange, 'on a new table', `${docs} alter table docs alter column id type text;`),

  one(
    operationsVolatileDefault,
    'a random value',
    'alter table docs add column author uuid not null default gen_random_uuid();',
    ['@.docs.author'],
  ),
  one(operationsVolatileDefault, 'a serial', 'alter table docs add column author bigserial;', ['@.docs.author']),
  one(
    operationsVolatileDefault,
    'a stored generated column',
    'alter table docs add column author text generated always as (upper(title)) stored;',
    ['@.docs.author'],
  ),
  one(
    operationsVolatileDefault,
    'now() is one value',
    'alter table docs add column author timestamptz not null default now();',
  ),
  one(operationsVolatileDefault, 'a constant', `alter table docs add column author text not null default '';`),
  one(
    operationsVolatileDefault,
    'on a new table',
    `${docs} alter table docs add column calm uuid default gen_random_uuid();`,
  ),

  one(operationsRequiredColumn, 'no default', 'alter table docs add column author uuid not null;', ['@.docs.author']),
  one(operationsRequiredColumn, 'a default', `alter table docs add column author text not null default '';`),
  one(operationsRequiredColumn, 'nullable', 'alter table docs add column author uuid;'),
  one(operationsRequiredColumn, 'on a new table', `${docs} alter table docs add column calm uuid not null;`),

  one(operationsDropInUse, 'a column', [docs, 'alter table docs drop column title;'], ['@.docs.title']),
  one(operationsDropInUse, 'a table', [docs, 'drop table docs;'], table),
  one(operationsDropInUse, 'made in the same file', `${docs} alter table docs drop column title; drop table docs;`),
  one(operationsDropInUse, 'an index', 'drop index docs_key;'),

  one(operationsRenameInUse, 'a column', 'alter table docs rename column title to calm;', ['@.docs.title']),
  one(operationsRenameInUse, 'a table', 'alter table docs rename to folders;', table),
  one(operationsRenameInUse, 'an index', 'alter index docs_key rename to wild;'),
  one(operationsRenameInUse, 'on a new table', `${docs} alter table docs rename column title to calm;`),

  one(operationsEnumUsedTooSoon, 'in an update', `alter type mood add value 'wild'; update docs set title = 'wild';`, [
    'type @.mood',
  ]),
  one(
    operationsEnumUsedTooSoon,
    'as a default',
    `alter type mood add value 'wild'; alter table docs alter column title set default 'wild';`,
    ['type @.mood'],
  ),
  one(operationsEnumUsedTooSoon, 'in the next file', [
    `alter type mood add value 'wild';`,
    `update docs set title = 'wild';`,
  ]),
  one(
    operationsEnumUsedTooSoon,
    'a type of the same file',
    `${mood} alter type mood add value 'wild'; update docs set title = 'wild';`,
  ),
  one(operationsEnumUsedTooSoon, 'another value', `alter type mood add value 'wild'; update docs set title = 'calm';`),

  one(operationsEnumOrder, 'without a place', `alter type mood add value 'wild';`, ['type @.mood']),
  one(operationsEnumOrder, 'with one', `alter type mood add value 'wild' after 'calm';`),

  one(
    operationsBackfillWithDdl,
    'altered, then filled',
    `alter table docs add column author text; update docs set author = title;`,
    table,
  ),
  one(operationsBackfillWithDdl, 'in the next file', [
    'alter table docs add column author text;',
    'update docs set author = title;',
  ]),
  one(
    operationsBackfillWithDdl,
    'another table',
    'alter table docs add column author text; update folders set title = null;',
  ),
  one(
    operationsBackfillWithDdl,
    'a new table',
    `${docs} alter table docs add column calm text; update docs set calm = title;`,
  ),

  one(operationsTruncateCascade, 'with cascade', 'truncate docs cascade;', table),
  one(operationsTruncateCascade, 'without', 'truncate docs;'),

  one(operationsRewriteCommand, 'vacuum full', 'vacuum full docs;', table),
  one(operationsRewriteCommand, 'cluster', 'cluster docs using docs_key;', table),
  one(operationsRewriteCommand, 'reindex', 'reindex table docs;', table),
  one(operationsRewriteCommand, 'refresh', 'refresh materialized view docs;', table),
  one(
    operationsRewriteCommand,
    'gentle ones',
    'vacuum docs; reindex table concurrently docs; refresh materialized view concurrently docs;',
  ),
  one(
    operationsRewriteCommand,
    'made in the same file',
    'create materialized view docs as select 1; refresh materialized view docs;',
  ),

  one(
    operationsManyLocks,
    'three tables',
    'alter table docs add calm int; alter table folders add calm int; alter table shelves add calm int;',
    ['@.shelves'],
  ),
  one(
    operationsManyLocks,
    'one table three times',
    'alter table docs add calm int; alter table docs add wild int; alter table docs drop column title;',
  ),
  one(
    operationsManyLocks,
    'new tables',
    'create table docs (id int); create table folders (id int); create table shelves (id int); alter table docs add calm int; alter table folders add calm int; alter table shelves add calm int;',
  ),

  one(operationsLockTimeout, 'none set', 'alter table docs add calm int;', table),
  one(operationsLockTimeout, 'set first', `set local lock_timeout = '5s'; alter table docs add calm int;`),
  one(operationsLockTimeout, 'a gentle lock', 'alter table docs validate constraint docs_key;'),
  one(operationsLockTimeout, 'a new table', `${docs} alter table docs add calm int;`),
]);

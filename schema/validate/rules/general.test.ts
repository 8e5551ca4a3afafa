// Each general rule: SQL that it finds, near misses, and both with every name replaced.
import type { Rule } from '../rule.ts';
import { generalRules } from './general-rules.ts';
import { type Case, tryCases } from './rule-cases.ts';

const names = ['parents', 'children', 'parent_id', 'other_id', 'k', 'first_index', 'second_index'];
const rule = (id: string): Rule => {
  const found = generalRules.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
};
const one = (id: string, says: string, sql: string, finds: readonly string[] = []): Case => ({
  rule: rule(id),
  says,
  sql,
  finds,
  names,
});

const parents = 'create table parents (id int primary key);';
const child = (reference: string): string =>
  `${parents} create table children (id int primary key, parent_id int constraint k references parents ${reference});`;
const split =
  'create table parents (id int primary key, other_id int) partition by range (id); create table children partition of parents default;';
const key = ['@.children constraint "k"'];
const column = (definition: string): string => `create table children (id int primary key, ${definition});`;

tryCases([
  one('general-primary-key-missing', 'none', 'create table parents (id int);', ['@.parents']),
  one('general-primary-key-missing', 'unique is not it', 'create table parents (id int unique);', ['@.parents']),
  one(
    'general-primary-key-missing',
    'two columns together',
    'create table parents (a int, b int, primary key (a, b));',
  ),

  one('general-foreign-key-unindexed', 'no index', child('on delete cascade'), key),
  one(
    'general-foreign-key-unindexed',
    'in second place of one',
    `${child('on delete cascade')} create index on children (id, parent_id);`,
    key,
  ),
  one(
    'general-foreign-key-unindexed',
    'at the head of one',
    `${child('on delete cascade')} create index on children (parent_id, id);`,
  ),
  one(
    'general-foreign-key-unindexed',
    'by the primary key',
    `${parents} create table children (parent_id int primary key constraint k references parents on delete cascade);`,
  ),

  one('general-foreign-key-on-delete', 'nothing said', child(''), key),
  one('general-foreign-key-on-delete', 'only on update', child('on update cascade'), key),
  one('general-foreign-key-on-delete', 'cascade', child('on delete cascade')),
  one('general-foreign-key-on-delete', 'restrict', child('on delete restrict')),
  one('general-foreign-key-on-delete', 'no action, in so many words', child('on delete no action')),

  one(
    'general-index-invalid',
    'of a partitioned table, and no partition has its own',
    `${split} create index first_index on only parents (other_id);`,
    ['index @.first_index'],
  ),
  one(
    'general-index-invalid',
    'each partition has its own',
    `${split} create index first_index on only parents (other_id); create index second_index on children (other_id); alter index first_index attach partition second_index;`,
  ),

  one(
    'general-autovacuum-disabled',
    'off',
    'create table parents (id int primary key) with (autovacuum_enabled = false);',
    ['@.parents'],
  ),
  one(
    'general-autovacuum-disabled',
    'tuned and on',
    'create table parents (id int primary key) with (autovacuum_enabled = true, autovacuum_vacuum_scale_factor = 0.01);',
  ),

  one(
    'general-duplicate-index',
    'the same twice',
    `${parents} create index first_index on parents (id desc); create index second_index on parents (id desc);`,
    ['@.parents'],
  ),
  one(
    'general-duplicate-index',
    'one is partial',
    `${parents} create index first_index on parents (id desc); create index second_index on parents (id desc) where id > 5;`,
  ),
  one(
    'general-duplicate-index',
    'another order',
    `${parents} create index first_index on parents (id desc); create index second_index on parents (id desc nulls last);`,
  ),

  one('general-money-float', 'a cost', column('cost_usd float8'), ['@.children.cost_usd']),
  one('general-money-float', 'tokens', column('tokens_used real'), ['@.children.tokens_used']),
  one('general-money-float', 'the type money', column('worth money'), ['@.children.worth']),
  one('general-money-float', 'exact', column('cost_usd numeric, tokens_used bigint')),
  one('general-money-float', 'a measure', column('temperature float8, token_similarity float8')),

  one('general-timestamp-default', 'none', column('created_at timestamptz not null'), ['@.children.created_at']),
  one('general-timestamp-default', 'now', column('created_at timestamptz not null default now()')),
  one('general-timestamp-default', 'a time of something else', column('sent_at timestamptz, created_at_label text')),

  one('general-uuid-default', 'none', 'create table children (id uuid primary key);', ['@.children.id']),
  one('general-uuid-default', 'one', 'create table children (id uuid primary key default gen_random_uuid());'),
  one(
    'general-uuid-default',
    'borrowed from an account',
    'create table children (id uuid primary key references auth.users on delete cascade);',
  ),

  {
    rule: rule('general-name-not-lowercase'),
    says: 'capitals and blanks',
    sql: 'create table "userNotes" (id int primary key, "Created At" text);',
    finds: ['@.userNotes', '@.userNotes.Created At'],
    names: [],
  },
  {
    rule: rule('general-name-not-lowercase'),
    says: 'lower case',
    sql: 'create table user_notes (id int primary key, created_at2 text);',
    names: [],
  },

  one('general-timestamp-without-zone', 'without', column('sent_at timestamp'), ['@.children.sent_at']),
  one('general-timestamp-without-zone', 'with', column('sent_at timestamptz, day date')),
  one('general-varchar-length', 'with a length', column('label varchar(20), mark char(3)'), [
    '@.children.label',
    '@.children.mark',
  ]),
  one('general-varchar-length', 'without', column('label varchar, mark text')),
  one('general-json', 'json', column('data json'), ['@.children.data']),
  one('general-json', 'jsonb', column('data jsonb')),
  one('general-serial', 'serial', 'create table children (id bigserial primary key);', ['@.children.id']),
  one('general-serial', 'identity', 'create table children (id bigint primary key generated always as identity);'),
]);

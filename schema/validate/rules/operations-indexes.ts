// Indexes on tables that hold rows: built and dropped without stopping writers, and not where CONCURRENTLY is refused.
import { as } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { alterationsOfOld, at, steps, tableName } from './operations-steps.ts';
import { runsInTransaction } from './operations-transactions.ts';

export const operationsIndexNotConcurrent: Rule = {
  id: 'operations-index-not-concurrent',
  level: 'warning',
  category: 'migration',
  title: 'An index is built while nobody can write',
  why: 'CREATE INDEX holds off every INSERT, UPDATE and DELETE until it is done: minutes on a large table, longer for HNSW.',
  mend: 'create index concurrently, alone in its own migration outside of a transaction. On a partitioned table: `create index … on only`, then one concurrently for each partition, attached.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const index = as(step.node, 'IndexStmt');
      if (index === undefined || index.concurrent === true || index.relation?.inh === false) return [];
      const table = tableName(index.relation, step.statement);
      if (step.isNew(table)) return [];
      return [
        at(
          step,
          index.idxname === undefined
            ? table
            : `index ${index.relation?.schemaname ?? step.statement.schema}.${index.idxname}`,
          `The index on ${table} blocks its writers while it is built.`,
        ),
      ];
    }),
};

export const operationsDropIndexNotConcurrent: Rule = {
  id: 'operations-drop-index-not-concurrent',
  level: 'warning',
  category: 'migration',
  title: 'An index is dropped under a lock that stops everybody',
  why: 'DROP INDEX waits for every running query of the table and makes all later ones wait behind it.',
  mend: 'drop index concurrently, alone in its own migration outside of a transaction.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const drop = as(step.node, 'DropStmt');
      if (drop === undefined || drop.removeType !== 'OBJECT_INDEX' || drop.concurrent === true) return [];
      return step.statement.touches
        .filter(({ object, does }) => does === 'drop' && !step.isNew(object))
        .map(({ object }) =>
          at(step, object, `Dropping ${object.replace('index ', '')} stops readers and writers of its table.`),
        );
    }),
};

export const operationsUniqueConstraint: Rule = {
  id: 'operations-unique-constraint',
  level: 'warning',
  category: 'migration',
  title: 'A unique constraint builds its index under a full lock',
  why: 'ADD UNIQUE and ADD PRIMARY KEY build an index while nobody can read or write the table.',
  mend: 'create unique index concurrently first, then `alter table … add constraint … unique using index …`.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    alterationsOfOld(evidence).flatMap(({ step, table, command }) => {
      const constraint = as(command.def, 'Constraint');
      if (command.subtype !== 'AT_AddConstraint' || constraint === undefined || constraint.indexname !== undefined)
        return [];
      const kinds: Readonly<Record<string, string>> = {
        CONSTR_UNIQUE: 'UNIQUE',
        CONSTR_PRIMARY: 'PRIMARY KEY',
        CONSTR_EXCLUSION: 'EXCLUDE',
      };
      const kind = kinds[constraint.contype ?? ''];
      if (kind === undefined) return [];
      const object = constraint.conname === undefined ? table : `${table} constraint "${constraint.conname}"`;
      return [
        at(
          step,
          object,
          `ADD ${kind} on ${table} builds an index while nobody can use the table.`,
          kind === 'EXCLUDE'
            ? 'An exclusion constraint cannot take a ready index: add it in a quiet hour, with lock_timeout.'
            : undefined,
        ),
      ];
    }),
};

export const operationsConcurrentInTransaction: Rule = {
  id: 'operations-concurrent-in-transaction',
  level: 'error',
  category: 'migration',
  title: 'CONCURRENTLY stands in a transaction, where it is refused',
  why: 'CREATE INDEX CONCURRENTLY, DROP INDEX CONCURRENTLY and their kin commit several times by themselves. PostgreSQL refuses them inside a transaction block, and migration tools run a file as one.',
  mend: 'Put the statement alone into a file that says that it runs outside of a transaction.',
  profiles: ['greenfield', 'live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const index = as(step.node, 'IndexStmt')?.concurrent === true;
      const drop = as(step.node, 'DropStmt')?.concurrent === true;
      const reindex = (as(step.node, 'ReindexStmt')?.params ?? []).some(
        (node) => as(node, 'DefElem')?.defname === 'concurrently',
      );
      if (!(index || drop || reindex) || !runsInTransaction(step)) return [];
      const object = step.statement.touches[0]?.object ?? step.source.file;
      return [
        at(
          step,
          object,
          `${index ? 'CREATE INDEX' : drop ? 'DROP INDEX' : 'REINDEX'} CONCURRENTLY is refused here: the file runs it inside of a transaction.`,
        ),
      ];
    }),
};

// What is done in one transaction: its locks add up and last until its end.
import type { Node } from 'libpg-query';
import { all, as } from '../queries/tree.ts';
import type { Evidence, Found, Rule } from '../rule.ts';
import { alterations, at, lockedWholly, type Step, steps, tableName } from './operations-steps.ts';

/** A file runs as one transaction unless it says otherwise in a comment. */
const optsOut =
  /\b(no[- ]transaction|without (a )?transaction|disable[- ]ddl[- ]transaction|transaction\s*[:=]\s*(false|no|off|none))\b/i;

export function runsInTransaction({ source, earlier }: Step): boolean {
  const open = earlier().reduce((inside, { node }) => {
    const kind = as(node, 'TransactionStmt')?.kind;
    if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return true;
    return kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK' ? false : inside;
  }, false);
  if (open) return true;
  if (source.comments.some(({ text }) => optsOut.test(text))) return false;
  // Alone in its file, settings aside, it is run by itself by most tools.
  return source.statements.filter(({ kind }) => kind !== 'VariableSetStmt').length > 1;
}

const isSetting = (node: Node, name: string): boolean => {
  const set = as(node, 'VariableSetStmt');
  return (
    set?.name === name ||
    all(node, 'FuncCall').some((call) => (call.args ?? []).some((arg) => as(arg, 'A_Const')?.sval?.sval === name))
  );
};

const perFile = (evidence: Evidence): readonly (readonly Step[])[] => {
  const found = new Map<string, Step[]>();
  for (const step of steps(evidence)) {
    const list = found.get(step.source.file) ?? [];
    list.push(step);
    found.set(step.source.file, list);
  }
  return [...found.values()];
};

export const operationsLockTimeout: Rule = {
  id: 'operations-lock-timeout',
  level: 'info',
  category: 'migration',
  title: 'A full lock is taken without lock_timeout',
  why: 'ALTER TABLE waits for every running query of the table, and all later queries wait behind it: one forgotten transaction of somebody else stops the product.',
  mend: "Begin the file with `set local lock_timeout = '5s'; set local statement_timeout = '60s';` and try again when it gives up.",
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    perFile(evidence).flatMap((file) => {
      const set = new Set<string>();
      for (const step of file) {
        for (const name of ['lock_timeout', 'statement_timeout']) if (isSetting(step.node, name)) set.add(name);
        const [table] = lockedWholly(step);
        if (table !== undefined && !set.has('lock_timeout'))
          return [at(step, table, `${step.source.file} locks ${table} wholly and sets no lock_timeout.`)];
      }
      return [];
    }),
};

export const operationsManyLocks: Rule = {
  id: 'operations-many-locks',
  level: 'info',
  category: 'migration',
  title: 'One transaction locks several tables wholly',
  why: 'Each lock is kept until the end, so the tables stand still together for as long as the slowest step takes; two such transactions in different order deadlock.',
  mend: 'A migration a table.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    perFile(evidence).flatMap((file) => {
      const locked = new Map<string, Step>();
      for (const step of file) for (const table of lockedWholly(step)) if (!locked.has(table)) locked.set(table, step);
      const tables = [...locked.keys()];
      const third = tables[2];
      const step = third === undefined ? undefined : locked.get(third);
      if (third === undefined || step === undefined || !runsInTransaction(step)) return [];
      return [
        at(
          step,
          third,
          `${step.source.file} holds ${tables.length} tables locked at once: ${tables.slice(0, 5).join(', ')}${tables.length > 5 ? ' …' : ''}.`,
        ),
      ];
    }),
};

export const operationsBackfillWithDdl: Rule = {
  id: 'operations-backfill-with-ddl',
  level: 'warning',
  category: 'migration',
  title: 'Rows are filled in the transaction that altered the table',
  why: 'The UPDATE runs for as long as the table is large, and the full lock that ALTER TABLE took before it lasts until it is done.',
  mend: 'Alter in one migration; fill in another, in batches of some thousand rows, each its own transaction.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    perFile(evidence).flatMap((file) => {
      const altered = new Map<string, Step>();
      return file.flatMap((step): readonly Found[] => {
        for (const table of lockedWholly(step))
          if (alterations(step.statement).commands.length > 0) altered.set(table, step);
        const change = as(step.node, 'UpdateStmt') ?? as(step.node, 'DeleteStmt');
        const table = tableName(change?.relation, step.statement);
        if (change === undefined || !altered.has(table) || !runsInTransaction(step)) return [];
        return [at(step, table, `Rows of ${table} are changed while the lock of the ALTER TABLE before is held.`)];
      });
    }),
};

export const operationsTruncateCascade: Rule = {
  id: 'operations-truncate-cascade',
  level: 'warning',
  category: 'migration',
  title: 'TRUNCATE CASCADE empties tables that it does not name',
  why: 'Every table with a foreign key to this one is emptied too, and those that point to them, whatever ON DELETE says.',
  mend: 'Name each table that is to be emptied, or delete the rows.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const truncate = as(step.node, 'TruncateStmt');
      if (truncate?.behavior !== 'DROP_CASCADE') return [];
      const tables = (truncate.relations ?? []).map((node) => tableName(as(node, 'RangeVar'), step.statement));
      const [old] = tables.filter((table) => !step.isNew(table));
      return old === undefined
        ? []
        : [at(step, old, `TRUNCATE ${old} CASCADE also empties every table that refers to it.`)];
    }),
};

export const operationsRewriteCommand: Rule = {
  id: 'operations-rewrite-command',
  level: 'warning',
  category: 'migration',
  title: 'A command writes a whole table or index anew under a full lock',
  why: 'VACUUM FULL, CLUSTER, REINDEX and REFRESH MATERIALIZED VIEW without CONCURRENTLY let nobody read until they are done.',
  mend: 'REINDEX … CONCURRENTLY; REFRESH MATERIALIZED VIEW CONCURRENTLY (it needs a unique index); for tables plain VACUUM, or pg_repack.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const names = (nodes: readonly Node[] | undefined): readonly string[] =>
        (nodes ?? []).map((node) => as(node, 'DefElem')?.defname ?? '');
      const vacuum = as(step.node, 'VacuumStmt');
      const reindex = as(step.node, 'ReindexStmt');
      const refresh = as(step.node, 'RefreshMatViewStmt');
      const command =
        vacuum !== undefined && names(vacuum.options).includes('full')
          ? 'VACUUM FULL'
          : 'ClusterStmt' in step.node
            ? 'CLUSTER'
            : reindex !== undefined && !names(reindex.params).includes('concurrently')
              ? 'REINDEX'
              : refresh !== undefined && refresh.concurrent !== true && refresh.skipData !== true
                ? 'REFRESH MATERIALIZED VIEW'
                : undefined;
      if (command === undefined) return [];
      const relation =
        refresh?.relation ??
        reindex?.relation ??
        as(step.node, 'ClusterStmt')?.relation ??
        as(vacuum?.rels?.[0], 'VacuumRelation')?.relation;
      const object = relation === undefined ? step.source.file : tableName(relation, step.statement);
      return step.isNew(object)
        ? []
        : [at(step, object, `${command} of ${object} lets nobody read it until it is done.`)];
    }),
};

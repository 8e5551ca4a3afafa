// New values of enums: where they stand, and that they are not used before they are committed.
import { all, as, nameList } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { at, type Step, steps } from './operations-steps.ts';
import { runsInTransaction } from './operations-transactions.ts';

function added(step: Step): { type: string; value: string; placed: boolean } | undefined {
  const alter = as(step.node, 'AlterEnumStmt');
  if (alter?.newVal === undefined || alter.oldVal !== undefined) return undefined;
  const names = nameList(alter.typeName);
  const type = names.length > 1 ? names.join('.') : `${step.statement.schema}.${names[0] ?? ''}`;
  return { type, value: alter.newVal, placed: alter.newValNeighbor !== undefined };
}

export const operationsEnumUsedTooSoon: Rule = {
  id: 'operations-enum-used-too-soon',
  level: 'error',
  category: 'migration',
  title: 'A new enum value is used in the transaction that adds it',
  why: 'PostgreSQL refuses it: "unsafe use of new value". The value exists for others only after the commit.',
  mend: 'Add the value in one migration and use it in the next.',
  profiles: ['greenfield', 'live'],
  reads: 'syntax',
  check: (evidence) => {
    const list = steps(evidence);
    return list.flatMap((step, index) => {
      const value = added(step);
      if (value === undefined || step.isNew(`type ${value.type}`)) return [];
      const use = list
        .slice(index + 1)
        .find(
          (other) =>
            other.source === step.source &&
            runsInTransaction(other) &&
            ![
              'CreateFunctionStmt',
              'DoStmt',
              'AlterEnumStmt',
              'CommentStmt',
              'VariableSetStmt',
              'DefineStmt',
              'CreateEnumStmt',
            ].includes(other.statement.kind) &&
            all(other.node, 'A_Const').some((constant) => constant.sval?.sval === value.value),
        );
      return use === undefined
        ? []
        : [
            at(
              use,
              `type ${value.type}`,
              `'${value.value}' was added to ${value.type} in this transaction and cannot be used before it is committed.`,
            ),
          ];
    });
  },
};

export const operationsEnumOrder: Rule = {
  id: 'operations-enum-order',
  level: 'info',
  category: 'migration',
  title: 'A new enum value stands last without anybody having said so',
  why: 'Enums sort and compare in the order of their values, and the order cannot be changed later. ADD VALUE without BEFORE or AFTER puts it last.',
  mend: "Say where it belongs: `alter type status add value 'queued' before 'running'`.",
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const value = added(step);
      if (value === undefined || value.placed || step.isNew(`type ${value.type}`)) return [];
      return [at(step, `type ${value.type}`, `'${value.value}' sorts after all other values of ${value.type}.`)];
    }),
};

// Constraints on tables that hold rows: PostgreSQL reads the whole table under a lock unless told to check later.
import { as } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { alterations, alterationsOfOld, at, constraintsOf, steps } from './operations-steps.ts';

export const operationsConstraintNotValid: Rule = {
  id: 'operations-constraint-not-valid',
  level: 'warning',
  category: 'migration',
  title: 'A constraint is checked against all rows under a lock',
  why: 'ADD FOREIGN KEY and ADD CHECK read the whole table before they return, and hold off writers (a foreign key: of both tables) for as long.',
  mend: 'Add it NOT VALID, and `alter table … validate constraint …` in a later migration: that takes a lock which stops nobody.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    alterationsOfOld(evidence).flatMap(({ step, table, command }) => {
      const constraint = as(command.def, 'Constraint');
      if (command.subtype === 'AT_AddConstraint' && constraint !== undefined) {
        const kind =
          constraint.contype === 'CONSTR_FOREIGN'
            ? 'foreign key'
            : constraint.contype === 'CONSTR_CHECK'
              ? 'check'
              : undefined;
        if (kind === undefined || constraint.skip_validation === true) return [];
        const object = constraint.conname === undefined ? table : `${table} constraint "${constraint.conname}"`;
        return [at(step, object, `The new ${kind} of ${table} is checked against every row while writers wait.`)];
      }
      // A new column is null everywhere: its foreign key needs no look, its check does.
      const column = command.subtype === 'AT_AddColumn' ? as(command.def, 'ColumnDef') : undefined;
      const check = constraintsOf(column).find(({ contype }) => contype === 'CONSTR_CHECK');
      return check === undefined
        ? []
        : [
            at(
              step,
              `${table}.${column?.colname ?? ''}`,
              `The check of the new column ${column?.colname ?? ''} is tried on every row of ${table} under a full lock.`,
              'Add the column without it, then the check as a constraint NOT VALID, and validate that later.',
            ),
          ];
    }),
};

export const operationsValidateInSameFile: Rule = {
  id: 'operations-validate-in-same-file',
  level: 'warning',
  category: 'migration',
  title: 'A constraint is added NOT VALID and validated in the same transaction',
  why: 'The lock that ADD CONSTRAINT takes is held until the transaction ends, so the long check of VALIDATE runs under it, and nothing was gained.',
  mend: 'Validate in a migration of its own.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    alterationsOfOld(evidence).flatMap(({ step, table, command }) => {
      if (command.subtype !== 'AT_ValidateConstraint') return [];
      const here = step.earlier().some((statement) => {
        const before = alterations(statement);
        return (
          before.table === table && before.commands.some(({ def }) => as(def, 'Constraint')?.conname === command.name)
        );
      });
      return here
        ? [
            at(
              step,
              `${table} constraint "${command.name ?? ''}"`,
              `${command.name ?? ''} of ${table} is validated under the lock that adding it took.`,
            ),
          ]
        : [];
    }),
};

export const operationsSetNotNull: Rule = {
  id: 'operations-set-not-null',
  level: 'warning',
  category: 'migration',
  title: 'SET NOT NULL reads the whole table under a full lock',
  why: 'PostgreSQL looks for nulls in every row while nobody can read or write.',
  mend: 'Add `check (column is not null) not valid`, validate it in a later migration, then SET NOT NULL: it believes the valid check and reads nothing. Drop the check afterwards.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    alterationsOfOld(evidence).flatMap(({ step, table, command }) => {
      if (command.subtype !== 'AT_SetNotNull') return [];
      const name = command.name ?? '';
      const proven = steps(evidence).some((other) => {
        const { table: of, commands } = alterations(other.statement);
        return (
          of === table &&
          commands.some(({ subtype, def, name: validated }) => {
            const text =
              subtype === 'AT_AddConstraint' && as(def, 'Constraint')?.contype === 'CONSTR_CHECK'
                ? other.statement.text
                : '';
            return (
              new RegExp(`\\b${name}"?\\s+is\\s+not\\s+null`, 'i').test(text) ||
              (subtype === 'AT_ValidateConstraint' && validated !== undefined && validated.includes(name))
            );
          })
        );
      });
      return proven
        ? []
        : [
            at(
              step,
              `${table}.${name}`,
              `SET NOT NULL on ${table}.${name} reads every row while nobody can use the table.`,
            ),
          ];
    }),
};

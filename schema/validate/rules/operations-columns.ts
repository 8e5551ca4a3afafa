// Columns of tables that hold rows: what rewrites the table, what fails on the first row, and what running programs still use.
import type { Node } from 'libpg-query';
import { all, as, functionName, typeOf, type WrittenType } from '../queries/tree.ts';
import type { Evidence, Rule } from '../rule.ts';
import { alterationsOfOld, at, constraintsOf, steps, tableName } from './operations-steps.ts';

/** A change that only rewrites what the catalog says. */
function keepsRows(from: WrittenType | undefined, to: WrittenType | undefined): boolean {
  if (to === undefined || to.array) return false;
  const text = /^(text|varchar)$/.test(to.name) && to.size === null;
  if (from === undefined) return text;
  if (text) return /^(text|varchar|citext)$/.test(from.name);
  if (from.name !== to.name) return from.name === 'cidr' && to.name === 'inet';
  const [before, beforeScale = 0] = from.sizes;
  const [after, afterScale = 0] = to.sizes;
  if (after === undefined) return to.name === 'varchar' || to.name === 'numeric' || before === undefined;
  if (before === undefined) return false;
  if (to.name === 'numeric') return after >= before && afterScale === beforeScale;
  return ['varchar', 'varbit', 'timestamp', 'timestamptz', 'time', 'interval'].includes(to.name) && after >= before;
}

export const operationsTypeChange: Rule = {
  id: 'operations-type-change',
  level: 'warning',
  category: 'migration',
  title: 'A change of type rewrites the table',
  why: 'ALTER COLUMN TYPE writes every row and every index anew while nobody can read or write. Only a few changes do not: a longer varchar, varchar to text, a numeric with more digits.',
  mend: 'Add a column of the new type, fill it in batches, write to both by trigger, and switch; or do it in a quiet hour.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    alterationsOfOld(evidence).flatMap(({ step, table, command }) => {
      if (command.subtype !== 'AT_AlterColumnType') return [];
      const name = command.name ?? '';
      const definition = as(command.def, 'ColumnDef');
      const to = typeOf(definition?.typeName);
      const from = step.typeBefore(table, name);
      if (definition?.raw_default === undefined && keepsRows(from, to)) return [];
      return [
        at(
          step,
          `${table}.${name}`,
          `Changing ${table}.${name} to ${to?.name ?? 'another type'} writes every row anew while nobody can use the table.`,
        ),
      ];
    }),
};

const volatileBuiltins =
  /^(random|gen_random_uuid|uuid_generate_v[14]|uuidv[47]|clock_timestamp|timeofday|nextval|txid_current|gen_random_bytes|gen_salt|setval)$/;

function volatileCall(expression: Node | undefined, { catalog }: Evidence): string | undefined {
  return all(expression, 'FuncCall')
    .map(functionName)
    .find(
      (name) =>
        volatileBuiltins.test(name) ||
        catalog.functions.some((each) => each.name === name && each.volatility === 'volatile'),
    );
}

export const operationsVolatileDefault: Rule = {
  id: 'operations-volatile-default',
  level: 'warning',
  category: 'migration',
  title: 'The default of a new column rewrites the table',
  why: 'A constant default, now() included, is kept in the catalog. A volatile one such as gen_random_uuid(), a serial, an identity or a stored generated column has another value in each row, so the whole table is written while nobody can use it.',
  mend: 'Add the column without default, set the default for new rows in a second statement, and fill the old rows in batches.',
  profiles: ['live'],
  reads: 'both',
  check: (evidence) =>
    alterationsOfOld(evidence).flatMap(({ step, table, command }) => {
      const column = command.subtype === 'AT_AddColumn' ? as(command.def, 'ColumnDef') : undefined;
      if (column === undefined) return [];
      const constraints = constraintsOf(column);
      const type = typeOf(column.typeName)?.name ?? '';
      const call = volatileCall(constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.raw_expr, evidence);
      const generated = constraints.some(
        ({ contype, generated_kind: kind }) => contype === 'CONSTR_GENERATED' && (kind === undefined || kind === 's'),
      );
      const counted =
        /^(small|big)?serial\d?$/.test(type) || constraints.some(({ contype }) => contype === 'CONSTR_IDENTITY');
      const what =
        call !== undefined
          ? `default ${call}()`
          : generated
            ? 'stored generated value'
            : counted
              ? 'counter'
              : undefined;
      if (what === undefined) return [];
      return [
        at(
          step,
          `${table}.${column.colname ?? ''}`,
          `The ${what} of the new column ${column.colname ?? ''} writes every row of ${table} while nobody can use the table.`,
        ),
      ];
    }),
};

export const operationsRequiredColumn: Rule = {
  id: 'operations-required-column',
  level: 'error',
  category: 'migration',
  title: 'A required column without a default fails on the first row',
  why: 'ADD COLUMN … NOT NULL without a default is refused as soon as the table has a row: "column contains null values". It works on the empty database of the developer.',
  mend: 'Add it nullable, fill the rows, then make it NOT NULL; or give it a default.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    alterationsOfOld(evidence).flatMap(({ step, table, command }) => {
      const column = command.subtype === 'AT_AddColumn' ? as(command.def, 'ColumnDef') : undefined;
      const kinds = constraintsOf(column).map(({ contype }) => contype);
      const required = kinds.includes('CONSTR_NOTNULL') || kinds.includes('CONSTR_PRIMARY');
      const filled = kinds.some(
        (kind) => kind === 'CONSTR_DEFAULT' || kind === 'CONSTR_IDENTITY' || kind === 'CONSTR_GENERATED',
      );
      const type = typeOf(column?.typeName)?.name ?? '';
      if (column === undefined || !required || filled || /^(small|big)?serial\d?$/.test(type)) return [];
      return [
        at(
          step,
          `${table}.${column.colname ?? ''}`,
          `${table} cannot get the required column ${column.colname ?? ''} once it has rows: there is no default.`,
        ),
      ];
    }),
};

export const operationsDropInUse: Rule = {
  id: 'operations-drop-in-use',
  level: 'warning',
  category: 'migration',
  title: 'A table or column is dropped that running programs may still read',
  why: 'The program that runs at this moment still names it: between the migration and the last restart each of its queries fails. And what was in it is gone.',
  mend: 'First release a version that does not use it, then drop it in a later migration; keep a copy of the data.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) => [
    ...alterationsOfOld(evidence).flatMap(({ step, table, command }) =>
      command.subtype === 'AT_DropColumn' && !step.isNew(`${table}.${command.name ?? ''}`)
        ? [
            at(
              step,
              `${table}.${command.name ?? ''}`,
              `Column ${table}.${command.name ?? ''} is dropped with its data, while programs may still use it.`,
            ),
          ]
        : [],
    ),
    ...steps(evidence).flatMap((step) =>
      as(step.node, 'DropStmt')?.removeType !== 'OBJECT_TABLE'
        ? []
        : step.statement.touches
            .filter(({ object }) => !step.isNew(object))
            .map(({ object }) =>
              at(step, object, `Table ${object} is dropped with its rows, while programs may still use it.`),
            ),
    ),
  ],
};

export const operationsRenameInUse: Rule = {
  id: 'operations-rename-in-use',
  level: 'warning',
  category: 'migration',
  title: 'A table or column is renamed that running programs still call by its old name',
  why: 'From this moment every query with the old name fails, the API of Supabase included, until all programs are restarted with the new one.',
  mend: 'Add the new name beside the old (a column kept equal by trigger, a view with security_invoker), move the programs, then drop the old one.',
  profiles: ['live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const rename = as(step.node, 'RenameStmt');
      const table = tableName(rename?.relation, step.statement);
      if (rename === undefined || rename.relation === undefined || step.isNew(table)) return [];
      if (rename.renameType === 'OBJECT_COLUMN' && rename.relationType === 'OBJECT_TABLE')
        return [
          at(
            step,
            `${table}.${rename.subname ?? ''}`,
            `Programs that read ${table}.${rename.subname ?? ''} fail from here on: it is now called ${rename.newname ?? ''}.`,
          ),
        ];
      if (rename.renameType === 'OBJECT_TABLE')
        return [
          at(step, table, `Programs that read ${table} fail from here on: it is now called ${rename.newname ?? ''}.`),
        ];
      return [];
    }),
};

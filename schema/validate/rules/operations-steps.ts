// The statements of each file with what existed before the file began. Not a rule: the operation rules read it.
import type { AlterTableCmd, ColumnDef, Constraint, Node, RangeVar } from 'libpg-query';
import { as, typeOf, type WrittenType } from '../queries/tree.ts';
import type { Evidence, Found } from '../rule.ts';
import type { Source, Statement } from '../source.ts';

export interface Step {
  readonly source: Source;
  readonly statement: Statement;
  readonly node: Node;
  /** Made by an earlier statement of the same file: nobody uses it yet, and it is empty. */
  isNew(object: string): boolean;
  /** The type that a column had before this statement, where a file says it. */
  typeBefore(table: string, column: string): WrittenType | undefined;
  /** Earlier statements of the same file. */
  earlier(): readonly Statement[];
}

const known = new WeakMap<readonly Source[], readonly Step[]>();

export function steps({ sources }: Pick<Evidence, 'sources'>): readonly Step[] {
  const cached = known.get(sources);
  if (cached !== undefined) return cached;
  const types = new Map<string, { readonly since: number; readonly type: WrittenType }[]>();
  let count = 0;
  const found = sources.flatMap((source) => {
    const made = new Map<string, number>();
    return source.statements.map((statement, index): Step => {
      const now = count++;
      for (const [column, type] of columnTypes(statement))
        types.set(column, [...(types.get(column) ?? []), { since: now, type }]);
      for (const { object, does } of statement.touches)
        if (does === 'make' && !made.has(object)) made.set(object, index);
      return {
        source,
        statement,
        node: statement.node,
        isNew: (object) => (made.get(object) ?? index) < index,
        typeBefore: (table, column) => types.get(`${table}.${column}`)?.findLast(({ since }) => since < now)?.type,
        earlier: () => source.statements.slice(0, index),
      };
    });
  });
  known.set(sources, found);
  return found;
}

/** The columns that a statement types, by `schema.table.column`. */
function columnTypes(statement: Statement): ReadonlyMap<string, WrittenType> {
  const types = new Map<string, WrittenType>();
  const keep = (table: string, column: ColumnDef | undefined, name = column?.colname): void => {
    const type = typeOf(column?.typeName);
    if (name !== undefined && type !== undefined) types.set(`${table}.${name}`, type);
  };
  const create = as(statement.node, 'CreateStmt');
  for (const element of create?.tableElts ?? []) keep(tableName(create?.relation, statement), as(element, 'ColumnDef'));
  const { table, commands } = alterations(statement);
  for (const { subtype, def, name } of commands) {
    if (subtype === 'AT_AddColumn') keep(table, as(def, 'ColumnDef'));
    if (subtype === 'AT_AlterColumnType') keep(table, as(def, 'ColumnDef'), name);
  }
  return types;
}

export const tableName = (range: RangeVar | undefined, { schema }: Statement): string =>
  `${range?.schemaname ?? schema}.${range?.relname ?? ''}`;

/** The commands of an ALTER TABLE; none for other statements. */
export function alterations(statement: Statement): { table: string; commands: readonly AlterTableCmd[] } {
  const alter = as(statement.node, 'AlterTableStmt');
  if (alter === undefined || alter.objtype !== 'OBJECT_TABLE') return { table: '', commands: [] };
  const commands = (alter.cmds ?? []).flatMap((node) => as(node, 'AlterTableCmd') ?? []);
  return { table: tableName(alter.relation, statement), commands };
}

/** Alterations of tables that were there before the file. */
export const alterationsOfOld = (
  evidence: Evidence,
): readonly { step: Step; table: string; command: AlterTableCmd }[] =>
  steps(evidence).flatMap((step) => {
    const { table, commands } = alterations(step.statement);
    return step.isNew(table) ? [] : commands.map((command) => ({ step, table, command }));
  });

export const constraintsOf = (column: ColumnDef | undefined): readonly Constraint[] =>
  (column?.constraints ?? []).flatMap((node) => as(node, 'Constraint') ?? []);

/** A finding at a statement. */
export const at = ({ statement }: Step, object: string, message: string, hint?: string): Found => ({
  object,
  message,
  ...(hint === undefined ? {} : { hint }),
  place: { file: statement.file, line: statement.line, column: statement.column },
});

/** A lock under which nobody reads or writes: ALTER TABLE (but for its gentle forms), DROP, TRUNCATE, renaming, CLUSTER. */
export function lockedWholly(step: Step): readonly string[] {
  const { node, statement } = step;
  const gentle = new Set([
    'AT_ValidateConstraint',
    'AT_SetStatistics',
    'AT_SetOptions',
    'AT_ResetOptions',
    'AT_SetRelOptions',
    'AT_EnableTrig',
    'AT_DisableTrig',
    'AT_AttachPartition',
    'AT_ChangeOwner',
  ]);
  const { table, commands } = alterations(statement);
  const found: string[] = [];
  if (
    commands.some(
      ({ subtype, def }) => !gentle.has(subtype ?? '') && as(def, 'Constraint')?.contype !== 'CONSTR_FOREIGN',
    )
  )
    found.push(table);
  for (const node of as(statement.node, 'TruncateStmt')?.relations ?? [])
    found.push(tableName(as(node, 'RangeVar'), statement));
  const rename = as(node, 'RenameStmt');
  if (
    rename !== undefined &&
    ['OBJECT_TABLE', 'OBJECT_COLUMN'].includes(rename.renameType ?? '') &&
    rename.relation !== undefined
  )
    found.push(tableName(rename.relation, statement));
  if (as(node, 'DropStmt')?.removeType === 'OBJECT_TABLE')
    found.push(...statement.touches.filter(({ does }) => does === 'drop').map(({ object }) => object));
  return found.filter((name) => !step.isNew(name));
}

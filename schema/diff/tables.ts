// Tables, their columns, constraints, indexes and row-level security as pieces.
import type { Catalog, Constraint, Index, Table } from '../catalog/model.ts';
import type { ForeignTable } from '../catalog/model-uncommon.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { columnPieces, defaultMark } from './columns.ts';
import { isBalanced, lowerKeywords } from './deparsed.ts';
import { shortTypes, tidyCheck } from './expressions.ts';
import { optionChanges, optionList } from './options.ts';
import { type Alteration, altered, type Id, idOf, onTable, type Piece, pieceOf, type Statement, sql } from './piece.ts';

const claimOf = (schema: string, name: string): string => JSON.stringify(['relation', schema, name]);

/** `create table` from its lines; a partition takes its columns from its parent. */
export function createTable({ table, foreign }: TableObject, lines: readonly string[]): string {
  const name = quoteQualified(table);
  const kind = foreign === undefined ? (table.unlogged ? 'unlogged table' : 'table') : 'foreign table';
  const storage = table.options.length === 0 ? '' : ` with (${table.options.join(', ')})`;
  const options =
    foreign === undefined ? storage : `\n  server ${quoteName(foreign.server)}${optionList(foreign.options)}`;
  const parted = table.partitionKey === null ? '' : ` partition by ${lowerKeywords(table.partitionKey)}`;
  if (table.partitionOf !== null)
    return `create ${kind} ${name} partition of ${quoteQualified(table.partitionOf)}\n  ${lowerKeywords(table.partitionBound ?? '')}${parted}${options}`;
  const from = table.inherits.length === 0 ? '' : ` inherits (${table.inherits.map(quoteQualified).join(', ')})`;
  const body = lines.map((line) => `  ${line.replace(defaultMark, '')}`).join(',\n');
  return `create ${kind} ${name} (${body === '' ? '' : `\n${body}\n`})${from}${parted}${options}`;
}

export interface TableObject {
  readonly table: Table;
  readonly foreign: ForeignTable | undefined;
}

function becomeTable(before: TableObject, after: TableObject): Alteration | null {
  const [from, to] = [before.table, after.table];
  const name = quoteQualified(to);
  if (before.foreign?.server !== after.foreign?.server) return null;
  if (from.kind !== to.kind || from.partitionKey !== to.partitionKey) return null;
  if (JSON.stringify(from.inherits) !== JSON.stringify(to.inherits)) return null;
  const statements: Statement[] = [];
  const moved =
    JSON.stringify([from.partitionOf, from.partitionBound]) !== JSON.stringify([to.partitionOf, to.partitionBound]);
  if (moved && from.partitionOf !== null)
    statements.push(sql(`alter table ${quoteQualified(from.partitionOf)} detach partition ${name}`));
  if (moved && to.partitionOf !== null)
    statements.push(
      sql(
        `alter table ${quoteQualified(to.partitionOf)} attach partition ${name} ${lowerKeywords(to.partitionBound ?? '')}`,
      ),
    );
  if (from.unlogged !== to.unlogged) statements.push(onTable(name, to.unlogged ? 'set unlogged' : 'set logged'));
  const keyOf = (option: string): string => option.split('=')[0] ?? '';
  const gone = from.options.filter((option) => !to.options.some((each) => keyOf(each) === keyOf(option)));
  const come = to.options.filter((option) => !from.options.includes(option));
  const changed = optionChanges(before.foreign?.options ?? [], after.foreign?.options ?? []);
  if (changed !== '') statements.push(sql(`alter foreign table ${name}${changed}`));
  if (come.length > 0) statements.push(onTable(name, `set (${come.join(', ')})`));
  if (gone.length > 0) statements.push(onTable(name, `reset (${gone.map(keyOf).join(', ')})`));
  return altered(statements);
}

function constraintPiece(table: Table, constraint: Constraint): Piece {
  const name = quoteQualified(table);
  const parent = idOf('table', table.schema, table.name);
  const shown = lowerKeywords(shortTypes(constraint.text)).replace(/^check \(\((.*)\)\)/s, (whole, inner: string) =>
    isBalanced(inner) ? `check (${inner})` : whole,
  );
  const text = constraint.kind === 'check' ? tidyCheck(shown, isTextual(table, constraint)) : shown;
  const line = `constraint ${quoteName(constraint.name)} ${text}`;
  return pieceOf({
    id: idOf('constraint', table.schema, table.name, constraint.name),
    kind: 'constraint',
    title: `constraint ${quoteName(constraint.name)} of ${name}`,
    group: name,
    text: constraint.text,
    parent,
    parts: constraint.columns.map((column) => idOf('column', table.schema, table.name, column)),
    needs: [
      parent,
      ...constraint.columns.map((column) => idOf('column', table.schema, table.name, column)),
      ...(constraint.target === null
        ? []
        : [
            idOf('table', constraint.target.schema, constraint.target.name),
            ...constraint.target.columns.map((column) =>
              idOf('column', constraint.target?.schema ?? '', constraint.target?.name ?? '', column),
            ),
          ]),
    ],
    claims: [
      JSON.stringify(['constraint', table.schema, table.name, constraint.name]),
      ...(constraint.kind === 'primary key' ? [JSON.stringify(['primary key', table.schema, table.name])] : []),
      ...(['primary key', 'unique', 'exclusion'].includes(constraint.kind)
        ? [claimOf(table.schema, constraint.name)]
        : []),
    ],
    create: [onTable(name, `add ${line}`, true)],
    drop: onTable(name, `drop constraint ${quoteName(constraint.name)}`),
    inline: constraint.validated ? line : null,
    object: constraint,
    become: (old) => {
      const before = old.object as Constraint; // checked: pieces of one id are of one kind
      const valid =
        before.text.replace(/ NOT VALID$/, '') === constraint.text && constraint.validated && !before.validated;
      return valid ? altered([onTable(name, `validate constraint ${quoteName(constraint.name)}`)]) : null;
    },
  });
}

/** Whether no column of it is of a type that a comparison with text would cast. */
const isTextual = (table: Table, { columns }: Constraint): boolean =>
  table.columns.every(
    ({ name, type }) => !columns.includes(name) || !/^(character|bpchar|extensions\.citext|citext)/.test(type),
  );

export function indexPiece(
  { schema, name: relation }: { schema: string; name: string },
  index: Index,
  parent: Id,
  isTable: boolean,
): Piece {
  // Without ONLY the partitions get theirs.
  const text = index.text.replace(/^(CREATE (?:UNIQUE )?INDEX .*?) ON ONLY /, '$1 ON ');
  const columns = [...index.keys.flatMap(({ column }) => column ?? []), ...index.included];
  const inColumns = isTable ? columns.map((column) => idOf('column', schema, relation, column)) : [];
  return pieceOf({
    id: idOf('index', schema, index.name),
    kind: 'index',
    title: `index ${quoteQualified({ schema, name: index.name })}`,
    group: quoteQualified({ schema, name: relation }),
    text,
    parent,
    parts: inColumns,
    needs: [parent, ...inColumns],
    claims: [claimOf(schema, index.name)],
    create: [sql(lowerKeywords(text).replace(/ using btree \(/, ' ('))],
    drop: sql(`drop index ${quoteQualified({ schema, name: index.name })}`),
    object: index,
  });
}

/** Row-level security: on or off, and whether the owner obeys too. */
function securityPieces(table: Table): readonly Piece[] {
  const name = quoteQualified(table);
  const parent = idOf('table', table.schema, table.name);
  const flag = (which: string, on: string, off: string): Piece =>
    pieceOf({
      id: idOf('rls', table.schema, table.name, which),
      kind: 'rls',
      title: `row-level security of ${name}`,
      group: name,
      text: 'on',
      parent,
      needs: [parent],
      create: [onTable(name, on)],
      drop: onTable(name, off),
    });
  return [
    ...(table.rls ? [flag('on', 'enable row level security', 'disable row level security')] : []),
    ...(table.forceRls ? [flag('force', 'force row level security', 'no force row level security')] : []),
  ];
}

/** A partition's columns and keys come from its parent, unless it is to be compared with a table that is none. */
export function tablePieces(catalog: Catalog, table: Table, alone = false): readonly Piece[] {
  const name = quoteQualified(table);
  const id = idOf('table', table.schema, table.name);
  const parents = [...(table.partitionOf === null ? [] : [table.partitionOf]), ...table.inherits];
  const { kind, unlogged, options, partitionKey, partitionOf, partitionBound, inherits } = table;
  const foreign = catalog.foreignTables.find((each) => each.schema === table.schema && each.name === table.name);
  const object: TableObject = { table, foreign };
  const self = pieceOf({
    id,
    kind: 'table',
    title: name,
    group: name,
    text: JSON.stringify([
      kind,
      unlogged,
      options,
      partitionKey,
      partitionOf,
      partitionBound,
      inherits,
      foreign?.server ?? null,
      foreign?.options ?? [],
    ]),
    parent: partitionOf === null ? null : idOf('table', partitionOf.schema, partitionOf.name),
    needs: [
      idOf('schema', table.schema),
      ...parents.map((each) => idOf('table', each.schema, each.name)),
      ...(foreign === undefined ? [] : [idOf('server', foreign.server)]),
    ],
    claims: [claimOf(table.schema, table.name)],
    drop: sql(`drop ${foreign === undefined ? '' : 'foreign '}table ${name}`),
    // Its rows are elsewhere.
    loses: foreign === undefined ? `the rows of ${name}` : null,
    object,
    become: (old) => becomeTable(old.object as TableObject, object), // checked: pieces of one id are of one kind
  });
  const identityOf = (column: string) =>
    catalog.sequences.find(
      ({ ownedBy }) =>
        ownedBy?.identity === true &&
        ownedBy.schema === table.schema &&
        ownedBy.name === table.name &&
        ownedBy.column === column,
    );
  const own =
    table.partitionOf !== null && !alone
      ? []
      : table.columns.flatMap((column) =>
          columnPieces(table, column, {
            identity: identityOf(column.name),
            foreign:
              foreign === undefined
                ? null
                : (foreign.columns.find(({ name: of }) => of === column.name)?.options ?? []),
          }),
        );
  return [
    self,
    ...own,
    ...table.constraints
      .filter(({ inherited }) => alone || !inherited)
      .map((constraint) => constraintPiece(table, constraint)),
    ...table.indexes
      .filter(({ constraint, partitionOf: parent }) => constraint === null && (alone || parent === null))
      .map((index) => indexPiece(table, index, id, true)),
    ...securityPieces(table),
  ];
}

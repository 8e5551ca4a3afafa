// A column and its default as pieces, and what turns one type into another.
import type { Column, Sequence, Table } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { lowerKeywords, unwrap } from './deparsed.ts';
import { shortTypes, tidyDefault } from './expressions.ts';
import { optionChanges, optionList } from './options.ts';
import {
  type Alteration,
  altered,
  idOf,
  type Kind,
  onTable,
  type Piece,
  pieceOf,
  type Statement,
  sql,
} from './piece.ts';

/** Where the default stands in a column's line. */
export const defaultMark = '\u0000';

export interface ColumnObject {
  readonly column: Column;
  /** Of an identity, without what is usual. */
  readonly sequence: string;
  /** Of a column of a foreign table; null elsewhere. */
  readonly options: readonly string[] | null;
}

const families = [
  ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'],
  ['text', 'character varying', 'character', 'bpchar', 'extensions.citext'],
  ['json', 'jsonb'],
  ['date', 'timestamp without time zone', 'timestamp with time zone'],
  ['extensions.vector', 'extensions.halfvec'],
];
const bare = (type: string): string => type.replace(/\(\d+(?:,-?\d+)?\)/, '');
export const sameFamily = (a: string, b: string): boolean =>
  bare(a) === bare(b) || families.some((family) => family.includes(bare(a)) && family.includes(bare(b)));

const length = (type: string): number => Number(/\((\d+)/.exec(type)?.[1] ?? Number.POSITIVE_INFINITY);
/** Whether every value of `a` is one of `b`, so that nothing can be lost or refused. */
function isWidening(a: string, b: string): boolean {
  const whole = ['smallint', 'integer', 'bigint'];
  if (whole.includes(a) && (whole.indexOf(b) >= whole.indexOf(a) || b === 'numeric')) return true;
  if (a === 'real' && b === 'double precision') return true;
  if (['text', 'character varying'].includes(bare(a)) && ['text', 'character varying'].includes(bare(b)))
    return length(b) >= length(a);
  if (bare(a) === 'numeric' && b === 'numeric') return true;
  if (bare(a) === bare(b) && /^extensions\.(vector|halfvec)$/.test(bare(a))) return b === bare(b);
  return b === 'text' || (a === 'json' && b === 'jsonb');
}

/** The `using` that a change of type needs, or none where PostgreSQL casts by itself. */
function usingOf(name: string, from: string, to: string): string {
  if (isWidening(from, to) && sameFamily(from, to)) return '';
  if (sameFamily(from, to) || to === 'text') return ` using ${quoteName(name)}::${to}`;
  return ` using ${quoteName(name)}::text::${to}`;
}

const typeLine = (column: Column, options: readonly string[] = []): string =>
  `${shortTypes(column.type)}${optionList(options)}${column.collation === null ? '' : ` collate ${column.collation}`}`;

function lineOf({ column, sequence, options }: ColumnObject): string {
  const generated =
    column.generated !== null
      ? ` generated always as (${lowerKeywords(unwrap(column.default ?? ''))}) ${column.generated}`
      : column.identity !== null
        ? ` generated ${column.identity} as identity${sequence === '' ? '' : ` (${sequence})`}`
        : '';
  return `${quoteName(column.name)} ${typeLine(column, options ?? [])}${generated}${column.notNull ? ' not null' : ''}${defaultMark}`;
}

const typeBreaks: ReadonlySet<Kind> = new Set([
  'view',
  'policy',
  'trigger',
  'rule',
  'function',
  'column',
  'published table',
]);
const familyBreaks: ReadonlySet<Kind> = new Set([...typeBreaks, 'default', 'constraint', 'index']);

function alterType(from: Column, to: Column, table: string, object: string): Alteration {
  const text = `alter column ${quoteName(to.name)} type ${typeLine(to)}${usingOf(to.name, from.type, to.type)}`;
  const loses = isWidening(from.type, to.type)
    ? null
    : `values of ${object} that do not fit ${to.type} (they fail, or are cut)`;
  return altered([onTable(table, text)], { breaks: sameFamily(from.type, to.type) ? typeBreaks : familyBreaks, loses });
}

function becomeColumn(from: ColumnObject, to: ColumnObject, table: string, object: string): Alteration | null {
  const [a, b] = [from.column, to.column];
  const name = quoteName(b.name);
  // Only PostgreSQL 17 can give a generated column another expression; its values can be computed again.
  if (b.generated !== null && (a.generated === null || a.default !== b.default || a.type !== b.type)) return null;
  if (a.generated === 'virtual' && b.generated !== 'virtual') return null;
  const parts: Alteration[] = [];
  const clause = (text: string, loses: string | null = null): void =>
    void parts.push(altered([onTable(table, `alter column ${name} ${text}`)], { loses }));
  if (a.generated !== null && b.generated === null) clause('drop expression');
  if (a.identity !== null && b.identity === null) clause('drop identity');
  if (a.type !== b.type || a.collation !== b.collation) parts.push(alterType(a, b, table, object));
  if (!a.notNull && b.notNull) {
    clause('set not null');
  }
  if (b.identity !== null && a.identity === null)
    clause(`add generated ${b.identity} as identity${to.sequence === '' ? '' : ` (${to.sequence})`}`);
  if (a.notNull && !b.notNull) clause('drop not null');
  if (a.identity !== null && b.identity !== null) {
    if (a.identity !== b.identity) clause(`set generated ${b.identity}`);
    if (from.sequence !== to.sequence) clause(resetSequence(to.sequence));
  }
  const options = optionChanges(from.options ?? [], to.options ?? []);
  if (options !== '') parts.push(altered([sql(`alter foreign table ${table} alter column ${name}${options}`)]));
  return altered(
    parts.flatMap(({ statements }) => statements),
    {
      breaks: new Set(parts.flatMap(({ breaks }) => [...breaks])),
      loses: parts.map(({ loses }) => loses).find((loses) => loses !== null) ?? null,
      warns: !a.notNull && b.notNull ? `fails while a row of ${table} has no ${b.name}` : null,
    },
  );
}

/** `set increment by 2 set cache 5`; what is not said goes back to what is usual. */
function resetSequence(options: string): string {
  const usual = { 'start with': '1', 'increment by': '1', cache: '1' };
  const said = [...options.matchAll(/(start with|increment by|minvalue|maxvalue|cache) (-?\d+)/g)].map(
    ([, what = '', value = '']) => [what, value] as const,
  );
  const all = new Map([...Object.entries(usual), ...said]);
  const bounds = ['minvalue', 'maxvalue'].filter((what) => !all.has(what)).map((what) => `set no ${what}`);
  const cycle = options.includes('cycle') ? 'set cycle' : 'set no cycle';
  return [...[...all].map(([what, value]) => `set ${what} ${value}`), ...bounds, cycle].join(' ');
}

const limits: Readonly<Record<string, string>> = {
  smallint: '32767',
  integer: '2147483647',
  bigint: '9223372036854775807',
};
/** What is not usual of an ascending sequence. */
export function sequenceOptions(sequence: Sequence): string {
  const says = (what: string, value: string, usual: string | undefined): string[] =>
    value === usual ? [] : [`${what} ${value}`];
  return [
    ...says('increment by', sequence.increment, '1'),
    ...says('minvalue', sequence.minimum, '1'),
    ...says('maxvalue', sequence.maximum, limits[sequence.type]),
    ...says('start with', sequence.start, '1'),
    ...says('cache', sequence.cache, '1'),
    ...(sequence.cycle ? ['cycle'] : []),
  ].join(' ');
}

/** The column, and its default where it has one. */
export function columnPieces(
  table: Table,
  column: Column,
  { identity, foreign }: { identity: Sequence | undefined; foreign: readonly string[] | null },
): readonly Piece[] {
  const name = quoteQualified(table);
  const parent = idOf('table', table.schema, table.name);
  const id = idOf('column', table.schema, table.name, column.name);
  const object: ColumnObject = {
    column,
    sequence: identity === undefined ? '' : sequenceOptions(identity),
    options: foreign,
  };
  const title = `${name}.${quoteName(column.name)}`;
  const line = lineOf(object);
  const isPlain = column.generated === null && column.identity === null;
  const made: Piece = pieceOf({
    id,
    kind: 'column',
    title,
    group: name,
    text: line,
    parent,
    needs: [parent],
    create: [onTable(name, `add column ${line}`, true)],
    drop: onTable(name, `drop column ${quoteName(column.name)}`),
    // What is computed can be computed again; what a foreign table shows is elsewhere.
    loses: column.generated === null && foreign === null ? `the values of ${title}` : null,
    warns:
      column.notNull && isPlain && foreign === null && column.default === null
        ? `fails while ${name} has rows: they have no ${column.name}`
        : null,
    inline: line,
    object,
    become: (old) => becomeColumn(old.object as ColumnObject, object, name, title), // checked: pieces of one id are of one kind
  });
  return column.default === null || column.generated !== null ? [made] : [made, defaultPiece(table, column, id, title)];
}

function defaultPiece(table: Table, column: Column, parent: string, title: string): Piece {
  const name = quoteQualified(table);
  const value = lowerKeywords(shortTypes(tidyDefault(column.default ?? '', column.type)));
  const set = (text: string): Statement => onTable(name, `alter column ${quoteName(column.name)} ${text}`);
  return pieceOf({
    id: idOf('default', table.schema, table.name, column.name),
    kind: 'default',
    title: `the default of ${title}`,
    group: name,
    text: column.default ?? '',
    parent,
    needs: [parent],
    create: [set(`set default ${value}`)],
    drop: set('drop default'),
    inline: ` default ${value}`,
    become: () => altered([set(`set default ${value}`)]),
  });
}

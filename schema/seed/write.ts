// Rows into the database: COPY where the session has it, else statements of many rows. Text that is waiting is never more
// than a few hundred kilobytes.

import { quoteName, quoteText } from '../quote.ts';
import type { Session } from '../session.ts';
import type { TablePlan } from './plan-model.ts';
import type { RowSource } from './rows.ts';

export const quoteTable = ({ table }: TablePlan): string => `${quoteName(table.schema)}.${quoteName(table.name)}`;

const special = /[\\\t\n\r]/;
const escaped: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One line of COPY's text format. */
export function copyLine(values: readonly (string | null)[]): string {
  let line = '';
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? null;
    if (index > 0) line += '\t';
    if (value === null) line += '\\N';
    else line += special.test(value) ? value.replace(/[\\\t\n\r]/g, (char) => escaped[char] ?? char) : value;
  }
  return `${line}\n`;
}

const batchSize = 1000;
const pieceSize = 256 * 1024;

/** Rows that have been written so far. */
export type OnRows = (rows: number) => void;

function* pieces(source: RowSource, onRows: OnRows): Generator<string> {
  let text = '';
  let rows = 0;
  for (let row = source.next(); row !== null; row = source.next()) {
    text += copyLine(row);
    rows += 1;
    if (text.length < pieceSize) continue;
    yield text;
    text = '';
    onRows(rows);
  }
  if (text !== '') yield text;
  onRows(rows);
}

const tuple = (row: readonly (string | null)[]): string =>
  `(${row.map((value) => (value === null ? 'null' : quoteText(value))).join(', ')})`;

function insertInto(plan: TablePlan, { columns }: RowSource): string {
  const names = columns.map(({ column }) => quoteName(column.name)).join(', ');
  const overriding = columns.some(({ column }) => column.identity === 'always') ? ' overriding system value' : '';
  return `insert into ${quoteTable(plan)} (${names})${overriding} values`;
}

/** One statement a row, each behind what `before` says of the row taken last. Throws DatabaseError. */
export async function writeActing(
  session: Session,
  plan: TablePlan,
  source: RowSource,
  onRows: OnRows,
  before: () => string,
): Promise<void> {
  const head = insertInto(plan, source);
  let written = 0;
  for (let rows: string[] = []; ; rows = []) {
    while (rows.length < 250) {
      const row = source.next();
      if (row === null) break;
      rows.push(`${before()}${head} ${tuple(row)}`);
    }
    if (rows.length === 0) return;
    await session.exec(rows.join(';\n'));
    written += rows.length;
    onRows(written);
  }
}

/** Writes all rows of the source and answers how many. Throws DatabaseError. */
export async function writeRows(session: Session, plan: TablePlan, source: RowSource, onRows: OnRows): Promise<number> {
  const names = source.columns.map(({ column }) => quoteName(column.name)).join(', ');
  const target = `${quoteTable(plan)} (${names})`;
  let written = 0;
  const count: OnRows = (rows) => {
    written = rows;
    onRows(rows);
  };
  if (session.copyFrom !== undefined) {
    await session.copyFrom(`copy ${target} from stdin`, pieces(source, count));
    return written;
  }
  const head = insertInto(plan, source);
  for (let rows = takeBatch(source); rows.length > 0; rows = takeBatch(source)) {
    await session.exec(`${head} ${rows.map(tuple).join(',\n')}`);
    count(written + rows.length);
  }
  return written;
}

function takeBatch(source: RowSource): (readonly (string | null)[])[] {
  const rows: (readonly (string | null)[])[] = [];
  for (let row = source.next(); row !== null; row = source.next()) {
    rows.push(row);
    if (rows.length === batchSize) break;
  }
  return rows;
}

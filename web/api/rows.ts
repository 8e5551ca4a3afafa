// Lists that arrive page by page, kept true by live changes without asking for every page again.

import type { InfiniteData } from '@tanstack/react-query';
import type { Page } from './shape.ts';

export type Rows<T> = InfiniteData<Page<T>>;

/** Where a list starts: without a cursor. */
export const start: { cursor: string | null } = { cursor: null };
type Row = { id: string };

export const allRows = <T>(rows: Rows<T> | undefined): T[] => rows?.pages.flatMap((each) => each.data) ?? [];

export const firstPage = <T>(fresh: Page<T>): Rows<T> => ({ pages: [fresh], pageParams: [null] });

const nextCursor = <T>(rows: Rows<T>): string | null => rows.pages.at(-1)?.next_cursor ?? null;

/** Where a row stands in a list that is sorted by a time, then by id, newest first: greater is nearer to the top. */
export const placeAt = (time: string, id: string): string => `${time.replace(/Z$/, '')} ${id}`;

/** The fresh first page, then the known rows that stand below it. Known rows that should be in it and are not are gone. */
export function mergeHead<T extends Row>(
  rows: Rows<T> | undefined,
  fresh: Page<T>,
  placeOf: (row: T) => string,
): Rows<T> {
  const last = fresh.data.at(-1);
  if (!rows || !last || fresh.next_cursor === null) return firstPage(fresh);
  const known = allRows(rows);
  const ids = new Set(fresh.data.map((row) => row.id));
  // So much is new that there may be more between the fresh rows and the known ones.
  if (!known.some((row) => ids.has(row.id))) return firstPage(fresh);
  const rest = known.filter((row) => !ids.has(row.id) && placeOf(row) < placeOf(last));
  if (rest.length === 0) return firstPage(fresh);
  return {
    pages: [fresh, { data: rest, next_cursor: nextCursor(rows) }],
    pageParams: [null, fresh.next_cursor],
  };
}

/** Answers the same rows when the row is not among them. */
export function replaceRow<T extends Row>(rows: Rows<T>, row: T): Rows<T> {
  if (!allRows(rows).some((old) => old.id === row.id)) return rows;
  return {
    ...rows,
    pages: rows.pages.map((each) => ({ ...each, data: each.data.map((old) => (old.id === row.id ? row : old)) })),
  };
}

export function removeRow<T extends Row>(rows: Rows<T>, id: string): Rows<T> {
  return { ...rows, pages: rows.pages.map((each) => ({ ...each, data: each.data.filter((row) => row.id !== id) })) };
}

/** Pages of a conversation run backwards: the first holds the newest messages, each page oldest first. */
export const pathOf = <T>(rows: Rows<T> | undefined): T[] =>
  rows?.pages.toReversed().flatMap((each) => each.data) ?? [];

/** The fresh newest page, before it those known messages that it continues; another branch drops them. */
export function mergePath<T extends Row & { parent_id: string | null }>(
  rows: Rows<T> | undefined,
  fresh: Page<T>,
): Rows<T> {
  const first = fresh.data[0];
  if (!rows || !first || fresh.next_cursor === null) return firstPage(fresh);
  const known = pathOf(rows);
  const parent = known.findIndex((row) => row.id === first.parent_id);
  if (parent === -1) return firstPage(fresh);
  return {
    pages: [fresh, { data: known.slice(0, parent + 1), next_cursor: nextCursor(rows) }],
    pageParams: [null, fresh.next_cursor],
  };
}

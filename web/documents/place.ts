// A place in a document as it stands in an address: which document, which page, which passage of it.

export type Place = { document?: string; page?: number; from?: number; to?: number };

const whole = (value: unknown): number | undefined => {
  const number = Number(value);
  return value !== undefined && Number.isInteger(number) && number >= 0 ? number : undefined;
};

/** Reads `?document=&page=&from=&to=`; what makes no sense is left out. `from` and `to` are code points of the page. */
export function readPlace(search: Record<string, unknown>): Place {
  const page = whole(search.page);
  const from = whole(search.from);
  const to = whole(search.to);
  return {
    ...(typeof search.document === 'string' ? { document: search.document } : {}),
    ...(page ? { page } : {}),
    ...(from !== undefined && to !== undefined && to > from ? { from, to } : {}),
  };
}

type Passage = {
  document_id: string;
  page_index: number | null;
  start_offset: number | null;
  end_offset: number | null;
};

/** Addresses count pages from 1 in every format; where pages have numbers of their own it is the same. */
export const pageOf = ({ page_index }: Pick<Passage, 'page_index'>): number => (page_index ?? 0) + 1;

export const placeOf = (passage: Passage): Place & { document: string } => ({
  document: passage.document_id,
  page: pageOf(passage),
  ...(passage.start_offset === null || passage.end_offset === null
    ? {}
    : { from: passage.start_offset, to: passage.end_offset }),
});

// Ranked hits become the passages that are handed over: overlapping and touching ones as one, within a budget.
import type { Passage } from '../../contract/passages.ts';

/** A chunk as it was found; offsets are code points into its page. */
export interface Hit {
  readonly chunk_id: string;
  readonly document_id: string;
  readonly document_name: string;
  readonly page_index: number;
  readonly page_number: number | null;
  readonly heading: string | null;
  readonly start_offset: number;
  readonly end_offset: number;
  readonly content: string;
}

interface Group {
  /** The best-ranked hit of the group gives it its place and its name. */
  readonly first: Hit;
  start: number;
  end: number;
  points: string[];
}

/**
 * Takes hits in their order until `budget` characters are handed over or there are `limit` passages. The last one is kept
 * whole, so a little more than the budget may come out; a passage counts once, however many hits it is made of.
 */
export function mergeHits(hits: readonly Hit[], limit: number, budget: number): Passage[] {
  const groups: Group[] = [];
  let spent = 0;
  for (const hit of hits) {
    if (spent >= budget) break;
    const touched = groups.filter((group) => touches(group, hit));
    const [home, ...others] = touched;
    if (home === undefined) {
      if (groups.length === limit) continue;
      const points = [...hit.content];
      groups.push({ first: hit, start: hit.start_offset, end: hit.end_offset, points });
      spent += points.length;
      continue;
    }
    const before = touched.reduce((sum, { points }) => sum + points.length, 0);
    join(home, { start: hit.start_offset, end: hit.end_offset, points: [...hit.content] });
    // A hit may close the gap between two passages.
    for (const other of others) {
      join(home, other);
      groups.splice(groups.indexOf(other), 1);
    }
    spent += home.points.length - before;
  }
  return groups.map(({ first, start, end, points }, index) => ({
    number: index + 1,
    chunk_id: first.chunk_id,
    document_id: first.document_id,
    document_name: first.document_name,
    page_index: first.page_index,
    page_number: first.page_number,
    heading: first.heading,
    start_offset: start,
    end_offset: end,
    content: points.join(''),
  }));
}

/** Same page, and no gap between them. */
const touches = ({ first, start, end }: Group, hit: Hit): boolean =>
  first.document_id === hit.document_id &&
  first.page_index === hit.page_index &&
  hit.start_offset <= end &&
  hit.end_offset >= start;

function join(home: Group, piece: { start: number; end: number; points: string[] }): void {
  if (piece.start < home.start) {
    home.points = [...piece.points.slice(0, home.start - piece.start), ...home.points];
    home.start = piece.start;
  }
  if (piece.end > home.end) {
    home.points = [...home.points, ...piece.points.slice(piece.points.length - (piece.end - home.end))];
    home.end = piece.end;
  }
}

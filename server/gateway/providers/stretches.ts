// Passages that overlap or touch, joined: a sentence that one passage cuts is whole in both together.
import type { Passage } from '../../../contract/passages.ts';

export interface Stretch {
  readonly text: string;
  /** Place in its page of the UTF-16 position `at` of the text, in code points. */
  placeOf(at: number): number;
  /** The passages it is made of, with their place in the list that was given. */
  readonly parts: readonly { readonly passage: Passage; readonly order: number }[];
}

export function joinPassages(passages: readonly Passage[]): Stretch[] {
  const pages = Map.groupBy(
    passages.map((passage, order) => ({ passage, order, points: Array.from(passage.content) })),
    ({ passage }) => `${passage.document_id} ${passage.page_index}`,
  );
  const stretches: Stretch[] = [];
  for (const parts of pages.values()) {
    parts.sort((a, b) => a.passage.start_offset - b.passage.start_offset);
    let points: string[] = [];
    let start = 0;
    let members: { passage: Passage; order: number }[] = [];
    const close = (): void => {
      if (members.length > 0) stretches.push(stretch(points, start, members));
    };
    for (const { passage, order, points: own } of parts) {
      const shared = start + points.length - passage.start_offset;
      if (members.length > 0 && shared >= 0 && fits(points, own, shared)) {
        points.push(...own.slice(shared));
        members.push({ passage, order });
        continue;
      }
      close();
      points = own;
      start = passage.start_offset;
      members = [{ passage, order }];
    }
    close();
  }
  return stretches;
}

/** Whether the text in common is the same: offsets that lie must not make up a sentence. */
function fits(before: readonly string[], after: readonly string[], shared: number): boolean {
  const common = Math.min(shared, after.length);
  const from = before.length - shared;
  for (let at = 0; at < common; at++) if (before[from + at] !== after[at]) return false;
  return true;
}

function stretch(points: readonly string[], start: number, parts: Stretch['parts']): Stretch {
  const text = points.join('');
  if (text.length === points.length) return { text, parts, placeOf: (at) => start + at };
  // Code points before each UTF-16 position: counted once, since every sentence asks for two.
  const before = new Uint32Array(text.length + 1);
  let at = 0;
  for (const [index, point] of points.entries())
    for (const end = at + point.length; at < end; ) before[++at] = index + 1;
  return { text, parts, placeOf: (wanted) => start + (before[wanted] ?? points.length) };
}

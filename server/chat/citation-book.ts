// Keeps which passages an answer has cited: numbers of passages in, positions in order of appearance out.
import type { Citation } from '../../contract/chat.ts';
import type { Passage } from '../../contract/passages.ts';
import type { UiEvent } from './ui-stream.ts';

interface Cited extends Citation {
  readonly chunk_id: string;
}

/** A stretch of a page in code points. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export class CitationBook {
  readonly #passages = new Map<number, Passage>();
  readonly #positions = new Map<string, number>();
  readonly #spans = new Map<number, Span>();
  readonly #cited: Cited[] = [];
  #told = 0;

  offer(passages: readonly Passage[]): void {
    for (const passage of passages) this.#passages.set(passage.number, passage);
  }

  /** The next mark of this passage means a narrower stretch of it: a model that knows where its words come from. */
  narrow(number: number, start: number, end: number): void {
    this.#spans.set(number, { start, end });
  }

  /** The position to show for a passage's number, or null when no such passage was given. */
  cite(number: number): number | null {
    const passage = this.#passages.get(number);
    if (passage === undefined) return null;
    const { start, end } = this.#spans.get(number) ?? { start: passage.start_offset, end: passage.end_offset };
    const key = `${passage.document_id}:${passage.page_index}:${start}:${end}`;
    const known = this.#positions.get(key);
    if (known !== undefined) return known;
    const position = this.#cited.length + 1;
    this.#positions.set(key, position);
    this.#cited.push({
      position,
      chunk_id: passage.chunk_id,
      document_id: passage.document_id,
      document_name: passage.document_name,
      page_index: passage.page_index,
      page_number: passage.page_number,
      heading: passage.heading,
      start_offset: start,
      end_offset: end,
      passage: [...passage.content].slice(start - passage.start_offset, end - passage.start_offset).join(''),
    });
    return position;
  }

  cited(): readonly Cited[] {
    return this.#cited;
  }

  /** Events for what was cited since the last call: the protocol's source documents, and all citations as data. */
  takeNew(): UiEvent[] {
    const fresh = this.#cited.slice(this.#told);
    if (fresh.length === 0) return [];
    this.#told = this.#cited.length;
    const sources = fresh.map((each) => ({
      type: 'source-document',
      sourceId: `${each.document_id}:${each.position}`,
      mediaType: 'text/plain',
      title: each.document_name,
      filename: each.document_name,
    }));
    const citations = this.#cited.map(({ chunk_id: _, ...citation }) => citation);
    return [...sources, { type: 'data-citations', id: 'citations', data: { citations } }];
  }
}

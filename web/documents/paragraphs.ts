// Cuts the text of a page into paragraphs, and each paragraph into what is lit and what is not.
// Offsets are code points of the page's text, as the server counts them, not JavaScript's UTF-16 units.

export type Piece = { start: number; text: string; lit: boolean };
export type Paragraph = { start: number; heading: boolean; pieces: Piece[] };
export type Range = { from: number; to: number };

function pieces(points: string[], start: number, end: number, lit: Range | null): Piece[] {
  const from = lit ? Math.min(Math.max(lit.from, start), end) : end;
  const to = lit ? Math.min(Math.max(lit.to, from), end) : end;
  const cuts = [
    { start, end: from, lit: false },
    { start: from, end: to, lit: true },
    { start: to, end, lit: false },
  ];
  return cuts
    .filter((cut) => cut.end > cut.start)
    .map((cut) => ({ start: cut.start, lit: cut.lit, text: points.slice(cut.start, cut.end).join('') }));
}

/** Paragraphs are set apart by an empty line; a first line that is the page's heading is one. */
export function paragraphsOf(content: string, heading: string | null, lit: Range | null): Paragraph[] {
  const points = Array.from(content);
  const paragraphs: Paragraph[] = [];
  let offset = 0;
  for (const part of content.split(/(\n[ \t]*\n\s*)/)) {
    const length = Array.from(part).length;
    if (part.trim() !== '') {
      const isHeading = heading !== null && part.trim() === heading.trim();
      paragraphs.push({ start: offset, heading: isHeading, pieces: pieces(points, offset, offset + length, lit) });
    }
    offset += length;
  }
  return paragraphs;
}

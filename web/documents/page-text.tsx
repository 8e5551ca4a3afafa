// The text of one page. The lit passage comes into view when it appears.

import { useEffect, useMemo, useRef } from 'react';
import type { DocumentPage } from '../api/documents.ts';
import { strings } from '../strings.ts';
import { cx } from '../ui/class-names.ts';
import { type Paragraph, paragraphsOf, type Range } from './paragraphs.ts';

function Text({ paragraph, focused }: { paragraph: Paragraph; focused: boolean }) {
  const Tag = paragraph.heading ? 'h2' : 'p';
  return (
    <Tag
      dir="auto"
      className={cx(
        'mb-3 wrap-anywhere whitespace-pre-wrap',
        paragraph.heading ? 'text-4/6 font-semibold text-ink' : focused ? 'text-3/6 text-ink-2' : 'text-3/6 text-ink',
      )}
    >
      {paragraph.pieces.map((piece) =>
        piece.lit ? (
          <mark key={piece.start} className="mark" title={strings.documents.passage}>
            {piece.text}
          </mark>
        ) : (
          piece.text
        ),
      )}
    </Tag>
  );
}

export function PageText({ page, lit }: { page: DocumentPage; lit: Range | null }) {
  const box = useRef<HTMLDivElement>(null);
  const from = lit?.from;
  const to = lit?.to;
  const paragraphs = useMemo(
    () => paragraphsOf(page.content, page.heading, from === undefined || to === undefined ? null : { from, to }),
    [page, from, to],
  );
  useEffect(() => {
    if (from === undefined) return;
    const frame = requestAnimationFrame(() => box.current?.querySelector('mark')?.scrollIntoView({ block: 'nearest' }));
    return () => cancelAnimationFrame(frame);
  }, [from]);
  return (
    <div ref={box} className="py-5.5">
      {paragraphs.map((paragraph) => (
        <Text key={paragraph.start} paragraph={paragraph} focused={lit !== null} />
      ))}
    </div>
  );
}

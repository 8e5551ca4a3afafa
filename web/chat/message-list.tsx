// The messages of a conversation. Only those in view are in the page; the view follows a stream if the reader is at its end.

import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Message } from '../api/messages.ts';
import { strings } from '../strings.ts';
import { Answer } from './answer.tsx';
import type { Entry } from './entries.ts';
import { Question } from './question.tsx';
import { Refused } from './refused.tsx';
import { Writing } from './writing.tsx';

const guessedHeight = { question: 90, answer: 320, writing: 120, refused: 120 };
const nearEnd = 60;

type Props = {
  entries: Entry[];
  hasOlder: boolean;
  loadOlder: () => void;
  onEdit: (message: Message, content: string) => void;
  onRegenerate: (message: Message) => void;
};

function Item({ entry, onEdit, onRegenerate }: { entry: Entry } & Pick<Props, 'onEdit' | 'onRegenerate'>) {
  if (entry.kind === 'answer') return <Answer message={entry.message} onRegenerate={onRegenerate} />;
  if (entry.kind === 'writing') return <Writing text={entry.text} live={entry.live} />;
  if (entry.kind === 'refused') return <Refused live={entry.live} />;
  return <Question message={entry.message} content={entry.content} attachments={entry.attachments} onEdit={onEdit} />;
}

/** A question that has just been sent, and why one was refused, are always brought into view. */
function useFollow(entries: Entry[], toEnd: () => void): void {
  const last = entries.at(-1);
  const wanted = last?.kind === 'refused' ? 'refused' : last?.kind === 'writing' ? last.live.phase : 'standing';
  useLayoutEffect(() => {
    if (wanted !== 'asking' && wanted !== 'refused') return;
    toEnd();
    // Once more when its height has been measured.
    const frame = requestAnimationFrame(toEnd);
    return () => cancelAnimationFrame(frame);
  }, [wanted, toEnd]);
}

export function MessageList({ entries, hasOlder, loadOlder, onEdit, onRegenerate }: Props) {
  const scroller = useRef<HTMLElement>(null);
  const [away, setAway] = useState(false);
  const list = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => guessedHeight[entries[index]?.kind ?? 'answer'],
    getItemKey: (index) => entries[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
    overscan: 4,
    paddingStart: 32,
    paddingEnd: 8,
  });
  const toEnd = useRef(() => list.scrollToEnd()).current;
  const placed = useRef(false);
  useLayoutEffect(() => {
    if (placed.current || entries.length === 0) return;
    placed.current = true;
    toEnd();
  }, [entries.length, toEnd]);
  useFollow(entries, toEnd);

  const items = list.getVirtualItems();
  const first = items[0]?.index ?? 0;
  useEffect(() => {
    if (placed.current && first < 4 && hasOlder) loadOlder();
  }, [first, hasOlder, loadOlder]);

  return (
    <div className="relative min-h-0 grow">
      <section
        ref={scroller}
        aria-label={strings.chat.messages}
        className="scroll-column h-full overflow-x-hidden"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={() => setAway(list.getDistanceFromEnd() > 4 * nearEnd)}
      >
        <ol className="relative mx-auto max-w-measure" style={{ height: list.getTotalSize() }}>
          {items.map((item) => {
            const entry = entries[item.index];
            if (!entry) return null;
            return (
              <li
                key={item.key}
                ref={list.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <Item entry={entry} onEdit={onEdit} onRegenerate={onRegenerate} />
              </li>
            );
          })}
        </ol>
      </section>
      {away ? (
        <button
          type="button"
          aria-label={strings.chat.toEnd}
          title={strings.chat.toEnd}
          onClick={toEnd}
          className="arrive absolute inset-x-0 bottom-2 mx-auto flex size-8 items-center justify-center rounded-full border border-line bg-surface text-ink-2 shadow-float hover:text-ink"
        >
          <ArrowDown aria-hidden size={16} strokeWidth={1.75} />
        </button>
      ) : null}
    </div>
  );
}

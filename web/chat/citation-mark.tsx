// A small number in an answer. Pointing at it or focusing it shows the passage; pressing it opens the document there.

import { HoverCard } from 'radix-ui';
import { useContext } from 'react';
import { strings } from '../strings.ts';
import { cx } from '../ui/class-names.ts';
import { CitationContext } from './citation-context.ts';
import { isOpen, sourceName, useOpenPassage, usePlace } from './open-passage.ts';

export function CitationMark({ n }: { n?: string }) {
  const citation = useContext(CitationContext).get(Number(n));
  const open = useOpenPassage();
  const place = usePlace();
  if (!citation) return null;
  const name = sourceName(citation, strings.chat.page);
  return (
    <HoverCard.Root openDelay={150} closeDelay={100}>
      <HoverCard.Trigger asChild>
        <button
          type="button"
          onClick={() => open(citation)}
          aria-label={strings.chat.source(citation.position, name)}
          className={cx(
            'ms-0.75 me-px inline-flex h-4.25 min-w-4.25 items-center justify-center rounded-0 px-1 align-px text-0 font-bold',
            isOpen(place, citation) ? 'bg-accent text-accent-ink' : 'bg-accent-soft text-accent hover:bg-accent-line',
          )}
        >
          {citation.position}
        </button>
      </HoverCard.Trigger>
      <HoverCard.Portal>
        <HoverCard.Content
          sideOffset={6}
          collisionPadding={12}
          className="arrive z-50 max-w-picker rounded-2 border border-line bg-surface p-3 text-3 shadow-float"
        >
          <p className="line-clamp-6 text-ink">{citation.passage}</p>
          <p className="mt-2 truncate text-1 font-semibold text-ink-3">{name}</p>
          {citation.heading ? <p className="truncate text-1 text-ink-3">{citation.heading}</p> : null}
        </HoverCard.Content>
      </HoverCard.Portal>
    </HoverCard.Root>
  );
}

// The passages an answer rests on, as pills under it; each opens its document at the passage.

import type { Citation } from '../api/messages.ts';
import { strings } from '../strings.ts';
import { cx } from '../ui/class-names.ts';
import { isOpen, sourceName, useOpenPassage, usePlace } from './open-passage.ts';

export function Sources({ citations }: { citations: Citation[] }) {
  const open = useOpenPassage();
  const place = usePlace();
  if (citations.length === 0) return null;
  return (
    <ul aria-label={strings.chat.sources} className="mt-4 flex flex-wrap gap-2">
      {citations.map((citation) => (
        <li key={citation.position} className="max-w-full">
          <button
            type="button"
            title={citation.passage}
            onClick={() => open(citation)}
            className={cx(
              'flex h-7.5 max-w-full items-center gap-2 rounded-full border bg-surface px-2.75 text-2 text-ink-2 hover:bg-hover hover:text-ink',
              isOpen(place, citation) ? 'border-accent' : 'border-line',
            )}
          >
            <span className="font-semibold text-accent">{citation.position}</span>
            <span className="truncate">{sourceName(citation, strings.chat.page)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

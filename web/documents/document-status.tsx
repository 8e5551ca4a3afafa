// How far a document has been read: a word with its icon, a bar while it goes on, the reason and Retry when it failed.

import { Check, CircleAlert, Clock } from 'lucide-react';
import type { Document } from '../api/documents.ts';
import { strings } from '../strings.ts';
import { Progress } from '../ui/progress.tsx';
import { retry } from './documents.ts';

const words = strings.documents;

function Reading({ progress }: { progress: Document['progress'] }) {
  const text = progress?.total ? words.readingOf(progress.done, progress.total, progress.unit) : words.reading;
  return (
    <span className="flex max-w-37.5 flex-col gap-1.5">
      <span className="truncate text-2 text-ink-2 tabular-nums">{text}</span>
      <Progress label={text} share={progress?.total ? progress.done / progress.total : null} />
    </span>
  );
}

export function DocumentStatus({ document }: { document: Document }) {
  const { processing_status: status, error } = document;
  if (status === 'processing') return <Reading progress={document.progress} />;
  if (status === 'failed') {
    const reason = error?.message ?? words.failed;
    return (
      <span className="flex items-center gap-2 text-2 text-bad" title={[reason, error?.hint].filter(Boolean).join(' ')}>
        <CircleAlert aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
        <span className="line-clamp-2 leading-4">{reason}</span>
        <button
          type="button"
          onClick={() => void retry(document.id)}
          className="shrink-0 rounded-1 px-1 font-semibold text-ink underline underline-offset-2"
        >
          {words.retry}
        </button>
      </span>
    );
  }
  const [Icon, word, tone] =
    status === 'completed' ? [Check, words.ready, 'text-accent'] : [Clock, words.waiting, 'text-ink-2'];
  return (
    <span className={`flex items-center gap-2 text-2 font-medium ${tone}`}>
      <Icon aria-hidden size={15} strokeWidth={1.75} className="shrink-0" />
      {word}
    </span>
  );
}

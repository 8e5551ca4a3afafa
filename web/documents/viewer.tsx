// A document's text at the page that was asked for, with the cited passage lit.

import { Link } from '@tanstack/react-router';
import { ChevronDown, ChevronUp, FileText } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Document } from '../api/documents.ts';
import { Problem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class-names.ts';
import { Empty } from '../ui/empty.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { useDocument } from './documents.ts';
import { PageText } from './page-text.tsx';
import type { Place } from './place.ts';
import { type PageView, usePage } from './use-page.ts';

const words = strings.documents;

function Waiting() {
  return (
    <Loading className="flex flex-col gap-3 py-6">
      <Skeleton className="w-40" />
      <Skeleton />
      <Skeleton className="w-11/12" />
      <Skeleton className="w-2/3" />
    </Loading>
  );
}

function Trouble({ error, retry }: { error: Error; retry: () => void }) {
  if (error instanceof Problem && error.status === 404) {
    return <Empty icon={FileText} title={strings.notFound.title} text={strings.notFound.text} />;
  }
  return (
    <ProblemNote error={error} className="my-4">
      <Button onClick={retry}>{strings.tryAgain}</Button>
    </ProblemNote>
  );
}

function Body({ document, view, place }: { document: Document; view: PageView; place: Place }) {
  const { processing_status: status, error } = document;
  if (status === 'failed')
    return <Empty icon={FileText} title={error?.message ?? words.failed} text={error?.hint ?? ''} />;
  if (status !== 'completed') return <Empty icon={FileText} title={words.reading} text={words.notReady} />;
  if (view.error) return <Trouble error={view.error} retry={view.retry} />;
  if (view.isPending) return <Waiting />;
  if (!view.page || view.page.content.trim() === '') return <p className="py-6 text-3 text-ink-3">{words.noText}</p>;
  const { from, to } = place;
  return <PageText page={view.page} lit={from === undefined || to === undefined ? null : { from, to }} />;
}

type Props = {
  documentId: string;
  place: Place;
  onPage: (page: number) => void;
  /** On a page of its own it is the main thing, and its text is held to a readable width. */
  own?: boolean;
  before?: ReactNode;
  children?: ReactNode;
};

export function Viewer({ documentId, place, onPage, own = false, before, children }: Props) {
  const document = useDocument(documentId);
  const { data, error } = document;
  const page = place.page ?? 1;
  const view = usePage(documentId, page, data?.processing_status === 'completed');
  const count = data?.page_count ?? null;
  const several = page > 1 || view.hasNext;
  const Heading = data === undefined ? 'div' : own ? 'h1' : 'h2';
  return (
    <div className="flex h-full min-h-0 flex-col">
      {own && data ? <PageTitle>{data.original_name}</PageTitle> : null}
      <header className="flex h-bar shrink-0 items-center gap-2 border-b border-line px-4 wide:px-5">
        {before}
        <FileText aria-hidden size={16} strokeWidth={1.75} className="shrink-0 text-ink-2" />
        <Heading className="min-w-0 truncate text-3 font-semibold">
          {data === undefined ? (
            <Skeleton className="w-32" />
          ) : own ? (
            data.original_name
          ) : (
            <Link to="/documents/$documentId" params={{ documentId }} search={{ page }} className="hover:underline">
              {data.original_name}
            </Link>
          )}
        </Heading>
        <span className="shrink-0 text-1 text-ink-3 tabular-nums">
          {count !== null && count > 1 ? strings.chat.pageOf(page, count) : ''}
        </span>
        <div className="ms-auto flex shrink-0 items-center gap-1">
          {several ? (
            <>
              <IconButton
                label={words.previousPage}
                icon={ChevronUp}
                disabled={page <= 1}
                onClick={() => onPage(page - 1)}
              />
              <IconButton
                label={words.nextPage}
                icon={ChevronDown}
                disabled={!view.hasNext}
                onClick={() => onPage(page + 1)}
              />
            </>
          ) : null}
          {children}
        </div>
      </header>
      <section
        key={page}
        aria-label={words.text}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="min-h-0 grow overflow-y-auto px-6.5"
      >
        <div className={cx('mx-auto', own && 'max-w-measure')}>
          {error ? (
            <Trouble error={error} retry={() => void document.refetch()} />
          ) : data ? (
            <Body document={data} view={view} place={place} />
          ) : (
            <Waiting />
          )}
        </div>
      </section>
    </div>
  );
}

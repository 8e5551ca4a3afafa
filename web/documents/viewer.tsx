// A document's text, page after page, at the place that was asked for and with the cited passage lit.

import { Link } from '@tanstack/react-router';
import { ChevronDown, ChevronUp, FileText } from 'lucide-react';
import type { ReactNode } from 'react';
import { Problem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { useDocument } from './documents.ts';
import { PageList } from './page-list.tsx';
import type { Place } from './place.ts';

type Props = {
  documentId: string;
  place: Place;
  onPage: (page: number) => void;
  wide?: boolean;
  before?: ReactNode;
  children?: ReactNode;
};

const words = strings.documents;

export function Viewer({ documentId, place, onPage, wide = false, before, children }: Props) {
  const document = useDocument(documentId);
  const { data, error } = document;
  const count = data?.page_count ?? 1;
  const page = Math.min(place.page ?? 1, count);
  const gone = error instanceof Problem && error.status === 404;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <header className="flex h-bar shrink-0 items-center gap-2 border-b border-line px-4 wide:px-5">
        {before}
        <FileText aria-hidden size={16} strokeWidth={1.75} className="shrink-0 text-ink-2" />
        <h2 className="min-w-0 truncate text-3 font-semibold">
          {wide ? (
            data?.original_name
          ) : (
            <Link to="/documents/$documentId" params={{ documentId }} search={place.page ? { page } : {}}>
              {data?.original_name}
            </Link>
          )}
        </h2>
        <span className="shrink-0 text-1 text-ink-3 tabular-nums">
          {data && count > 1 ? strings.chat.pageOf(page, count) : ''}
        </span>
        <div className="ms-auto flex shrink-0 items-center gap-1">
          {count > 1 ? (
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
                disabled={page >= count}
                onClick={() => onPage(page + 1)}
              />
            </>
          ) : null}
          {children}
        </div>
      </header>
      {error ? (
        gone ? (
          <Empty icon={FileText} title={strings.notFound.title} text={strings.notFound.text} />
        ) : (
          <ProblemNote error={error} className="m-4">
            <Button onClick={() => void document.refetch()}>{strings.tryAgain}</Button>
          </ProblemNote>
        )
      ) : data === undefined ? (
        <Loading className="flex flex-col gap-3 p-6">
          <Skeleton className="w-40" />
          <Skeleton />
          <Skeleton className="w-11/12" />
          <Skeleton className="w-2/3" />
        </Loading>
      ) : data.processing_status === 'completed' ? (
        <PageList documentId={documentId} count={count} page={page} place={place} wide={wide} />
      ) : data.processing_status === 'failed' ? (
        <Empty icon={FileText} title={data.error?.message ?? words.failed} text={data.error?.hint ?? ''} />
      ) : (
        <Empty icon={FileText} title={words.reading} text={words.notReady} />
      )}
    </div>
  );
}

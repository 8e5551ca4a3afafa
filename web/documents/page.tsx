// The person's documents: find, add by dropping anywhere on the page, and see each one being read.

import { Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import { allRows } from '../api/rows.ts';
import { TopBar } from '../frame/top-bar.tsx';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { CollectionMenu } from './collection-menu.tsx';
import { DocumentTable } from './document-table.tsx';
import { useDocuments, useSummary } from './documents.ts';
import { useDrop } from './drop.ts';
import { FindField } from './find-field.tsx';
import { TableSkeleton } from './table-skeleton.tsx';
import { startUploads, useUploads } from './uploads.ts';

const words = strings.documents;
const owner = 'documents';

function Summary() {
  const { data } = useSummary();
  const totals = data ? `${words.some(data.documents)}, ${words.passages(data.passages)}.` : '';
  return (
    <p className="mt-1.5 min-h-6 text-4/6 text-ink-2">
      {totals} {words.byWords}
    </p>
  );
}

export function DocumentsPage() {
  const [text, setText] = useState('');
  const [collection, setCollection] = useState<string | undefined>();
  const q = useSettled(text.trim());
  const documents = useDocuments({ ...(q === '' ? {} : { q }), ...(collection ? { collection_id: collection } : {}) });
  const uploads = useUploads(owner);
  const picker = useRef<HTMLInputElement>(null);
  const add = (files: Iterable<File>): void =>
    startUploads(owner, files, { collectionId: collection ?? null, forget: true });
  const drop = useDrop(add);

  const rows = allRows(documents.data);
  const filtered = q !== '' || collection !== undefined;
  const empty = documents.isSuccess && rows.length === 0 && uploads.length === 0;
  const addButton = (
    <Button tone="primary" icon={Upload} onClick={() => picker.current?.click()}>
      {words.add}
    </Button>
  );
  return (
    <main className="relative flex min-h-0 grow flex-col" {...drop.handlers}>
      <PageTitle>{words.title}</PageTitle>
      <TopBar />
      <div className="mx-auto flex min-h-0 w-full max-w-page-wide grow flex-col px-4 wide:px-8 desk:pt-8">
        <h1 className="text-6 font-bold">{words.title}</h1>
        <Summary />
        <div className="mt-4 mb-3 flex flex-wrap items-center gap-2">
          <FindField value={text} onChange={setText} />
          <CollectionMenu value={collection} onChange={setCollection} />
          <div className="grow" />
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              add(event.target.files ?? []);
              event.target.value = '';
            }}
          />
          {addButton}
        </div>
        {documents.error && rows.length === 0 ? (
          <ProblemNote error={documents.error}>
            <Button onClick={() => void documents.refetch()}>{strings.tryAgain}</Button>
          </ProblemNote>
        ) : documents.isPending ? (
          <TableSkeleton />
        ) : empty ? (
          <div className="rounded-2 border border-dashed border-control">
            <Empty
              icon={Upload}
              title={filtered ? words.noneFound : words.empty}
              text={filtered ? words.noneFoundText : words.emptyText}
            />
          </div>
        ) : (
          <DocumentTable
            documents={rows}
            uploads={uploads}
            hasMore={documents.hasNextPage && !documents.isFetchingNextPage}
            loadMore={documents.fetchNextPage}
          />
        )}
        <p className="mt-3.5 mb-4 flex shrink-0 items-center gap-3.5 rounded-2 border border-dashed border-line-strong px-4.5 py-4.5 text-3 text-ink-2">
          <Upload aria-hidden size={20} strokeWidth={1.75} className="shrink-0" />
          {words.drop}
        </p>
      </div>
      {drop.over ? (
        <div className="pointer-events-none absolute inset-2 z-30 flex items-center justify-center rounded-2 border-2 border-dashed border-accent bg-accent-soft text-5 font-semibold text-accent opacity-95">
          {words.dropNow}
        </div>
      ) : null}
    </main>
  );
}

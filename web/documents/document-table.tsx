// The table of documents. Only the rows in view are in the page, and further ones are fetched as they come near.

import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { Document } from '../api/documents.ts';
import { strings } from '../strings.ts';
import { DocumentRow } from './document-row.tsx';
import { UploadRow } from './upload-row.tsx';
import type { Upload } from './uploads.ts';

const rowHeight = 56;
const onDeskOnly = 'max-wide:hidden';
const columns = [
  { key: 'name', label: strings.documents.name, width: 'w-auto', hidden: '' },
  { key: 'pages', label: strings.documents.pages, width: 'w-16 desk:w-25.5', hidden: onDeskOnly },
  { key: 'passages', label: strings.documents.passagesHead, width: 'w-20 desk:w-25.5', hidden: onDeskOnly },
  { key: 'status', label: strings.documents.status, width: 'w-44 desk:w-50.5', hidden: onDeskOnly },
  { key: 'added', label: strings.documents.added, width: 'w-24 desk:w-31', hidden: onDeskOnly },
];

type Props = { documents: Document[]; uploads: Upload[]; hasMore: boolean; loadMore: () => void };

function Head() {
  return (
    <thead className="sticky top-0 z-10 bg-sunken">
      <tr aria-rowindex={1} className="h-10 text-1 text-ink-2">
        {columns.map(({ key, label, width, hidden }) => (
          <th key={key} scope="col" className={`${width} ${hidden} text-start font-semibold first:ps-4`}>
            {label}
          </th>
        ))}
        <th scope="col" className="w-14">
          <span className="sr-only">{strings.more}</span>
        </th>
      </tr>
    </thead>
  );
}

/** Stands for the rows above or below those in the page. */
function Gap({ height }: { height: number }) {
  return height > 0 ? <tr aria-hidden style={{ height }} /> : null;
}

export function DocumentTable({ documents, uploads, hasMore, loadMore }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const total = uploads.length + documents.length;
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => uploads[index]?.id ?? documents[index - uploads.length]?.id ?? index,
    overscan: 6,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1);
  const lastIndex = last?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastIndex >= total - 10) loadMore();
  }, [hasMore, lastIndex, total, loadMore]);
  return (
    <section
      ref={scroller}
      aria-label={strings.documents.title}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="min-h-40 overflow-y-auto rounded-2 border border-line bg-surface"
    >
      <table aria-rowcount={total + 1} className="w-full table-fixed">
        <Head />
        <tbody>
          <Gap height={items[0]?.start ?? 0} />
          {items.map((item) => {
            const upload = uploads[item.index];
            const document = documents[item.index - uploads.length];
            return (
              <tr key={item.key} aria-rowindex={item.index + 2} className="h-14 border-t border-line">
                {upload ? <UploadRow upload={upload} /> : document ? <DocumentRow document={document} /> : null}
              </tr>
            );
          })}
          <Gap height={last ? rows.getTotalSize() - last.end : 0} />
        </tbody>
      </table>
    </section>
  );
}

// One document in the table: what it is, how large, how far it has been read, and what can be done with it.

import { Link, useNavigate } from '@tanstack/react-router';
import { Download, Ellipsis, FolderInput, RotateCw, Trash2 } from 'lucide-react';
import { memo } from 'react';
import type { Document } from '../api/documents.ts';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { formatMoment, formatNumber } from '../ui/format.ts';
import { MenuButton, type MenuItem } from '../ui/menu-button.tsx';
import { formatAge } from './age.ts';
import { DocumentIcon } from './document-icon.tsx';
import { DocumentStatus } from './document-status.tsx';
import { move, removeDocument, retry, useCollections } from './documents.ts';
import { downloadDocument } from './download.ts';

const words = strings.documents;

function useActions(document: Document): MenuItem[] {
  const navigate = useNavigate();
  const collections = useCollections();
  const { id, collection_id, processing_status } = document;
  const open = () => void navigate({ to: '/documents/$documentId', params: { documentId: id } });
  return [
    ...(processing_status === 'failed' ? [{ label: words.retry, icon: RotateCw, onSelect: () => void retry(id) }] : []),
    ...(processing_status === 'completed' ? [{ label: words.open, onSelect: open }] : []),
    { label: words.download, icon: Download, onSelect: () => void downloadDocument(id) },
    ...(collections.data ?? [])
      .filter((each) => each.id !== collection_id)
      .slice(0, 8)
      .map((each) => ({ label: words.moveTo(each.name), icon: FolderInput, onSelect: () => void move(id, each.id) })),
    { label: strings.delete, icon: Trash2, danger: true, onSelect: () => void removeDocument(id) },
  ];
}

export const DocumentRow = memo(function DocumentRow({ document }: { document: Document }) {
  const { data: collections } = useCollections();
  const actions = useActions(document);
  const collection = collections?.find((each) => each.id === document.collection_id)?.name;
  const ready = document.processing_status === 'completed';
  return (
    <>
      <td className="ps-4 pe-2">
        <div className="flex min-w-0 items-center gap-3">
          <DocumentIcon document={document} />
          <div className="min-w-0">
            <Link
              to="/documents/$documentId"
              params={{ documentId: document.id }}
              title={document.original_name}
              className="block truncate rounded-1 text-3/5 font-semibold text-ink hover:underline"
            >
              {document.original_name}
            </Link>
            <span className="block truncate text-1 text-ink-3 max-wide:hidden">{collection}</span>
            <span className="block wide:hidden">
              <DocumentStatus document={document} />
            </span>
          </div>
        </div>
      </td>
      <td className="text-ink-2 tabular-nums max-wide:hidden">
        {document.page_count === null ? '–' : formatNumber(document.page_count)}
      </td>
      <td className="text-ink-2 tabular-nums max-wide:hidden">
        {ready && document.chunk_count !== null ? formatNumber(document.chunk_count) : '–'}
      </td>
      <td className="pe-4 max-wide:hidden">
        <DocumentStatus document={document} />
      </td>
      <td className="truncate text-ink-2 max-wide:hidden" title={formatMoment(document.created_at)}>
        {formatAge(document.created_at)}
      </td>
      <td className="pe-4 text-end">
        <MenuButton items={actions}>
          {(props) => <IconButton {...props} label={words.actions(document.original_name)} icon={Ellipsis} />}
        </MenuButton>
      </td>
    </>
  );
});

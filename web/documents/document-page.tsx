// A document on a page of its own.

import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ArrowLeft, Download } from 'lucide-react';
import { SidebarButton } from '../frame/top-bar.tsx';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { downloadDocument } from './download.ts';
import { Viewer } from './viewer.tsx';

export function DocumentPage() {
  const { documentId } = useParams({ from: '/inside/documents/$documentId' });
  const place = useSearch({ from: '/inside/documents/$documentId' });
  const navigate = useNavigate();
  const onPage = (page: number): void => void navigate({ to: '.', search: { page }, replace: true });
  return (
    <main className="min-h-0 grow bg-surface">
      <Viewer
        documentId={documentId}
        place={place}
        onPage={onPage}
        own
        before={
          <>
            <SidebarButton />
            <Link
              to="/documents"
              aria-label={strings.documents.title}
              title={strings.documents.title}
              className="-ms-2 flex size-8 shrink-0 items-center justify-center rounded-1 text-ink-3 hover:bg-hover hover:text-ink"
            >
              <ArrowLeft aria-hidden size={16} strokeWidth={1.75} className="rtl:rotate-180" />
            </Link>
          </>
        }
      >
        <IconButton
          label={strings.documents.download}
          icon={Download}
          onClick={() => void downloadDocument(documentId)}
        />
      </Viewer>
    </main>
  );
}

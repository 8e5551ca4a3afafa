// How a chat page is laid out: the column of the chat, and beside it the panel with a document where one is open.

import { lazy, type ReactNode, Suspense } from 'react';
import { usePlace } from './open-passage.ts';

const SidePanel = lazy(() => import('./side-panel.tsx').then((module) => ({ default: module.SidePanel })));

export function ChatLayout({ children }: { children: ReactNode }) {
  const place = usePlace();
  return (
    <div className="flex min-h-0 grow">
      <main className="flex min-w-0 grow flex-col">{children}</main>
      {place.document ? (
        <Suspense>
          <SidePanel documentId={place.document} place={place} />
        </Suspense>
      ) : null}
    </div>
  );
}

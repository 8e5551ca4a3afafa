// The panel beside a chat: a document at its passage. As wide as it is drawn on a desk, a sheet on a phone.

import { useNavigate } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { type KeyboardEvent, lazy, type PointerEvent, Suspense, useState } from 'react';
import type { Place } from '../documents/place.ts';
import { Viewer } from '../documents/viewer.tsx';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { desk, useMedia } from '../ui/media.ts';

const Dialog = lazy(() => import('../ui/dialog.tsx').then((module) => ({ default: module.Dialog })));

const key = 'loam.panel';
const narrowest = 320;
const widest = 720;
const usual = 420;
const step = 24;
const within = (width: number): number => Math.min(widest, Math.max(narrowest, width));

function useWidth(): [number, (width: number) => void] {
  const [width, setWidth] = useState(() => within(Number(localStorage.getItem(key) ?? usual)));
  return [
    width,
    (next) => {
      localStorage.setItem(key, String(within(next)));
      setWidth(within(next));
    },
  ];
}

/** The edge that can be dragged, or moved with the arrow keys. */
function Edge({ width, onWidth }: { width: number; onWidth: (width: number) => void }) {
  const direction = getComputedStyle(document.documentElement).direction === 'rtl' ? -1 : 1;
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.preventDefault();
    const { currentTarget, pointerId, clientX } = event;
    currentTarget.setPointerCapture(pointerId);
    currentTarget.onpointermove = (move) => onWidth(width + direction * (clientX - move.clientX));
    currentTarget.onpointerup = () => {
      currentTarget.onpointermove = null;
    };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = { ArrowLeft: step, ArrowRight: -step }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    onWidth(width + direction * move);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved; a separator with a value can
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={strings.frame.resize}
      aria-valuenow={width}
      aria-valuemin={narrowest}
      aria-valuemax={widest}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      className="absolute inset-y-0 -start-1 z-10 w-2 cursor-col-resize touch-none hover:bg-accent-soft focus-visible:bg-accent-soft"
    />
  );
}

export function SidePanel({ documentId, place }: { documentId: string; place: Place }) {
  const navigate = useNavigate();
  const onDesk = useMedia(desk);
  const [width, setWidth] = useWidth();
  const close = (): void => void navigate({ to: '.', search: {} });
  const onPage = (page: number): void =>
    void navigate({ to: '.', search: { document: documentId, page }, replace: true });
  const viewer = (
    <Viewer documentId={documentId} place={place} onPage={onPage}>
      <IconButton label={strings.close} icon={X} onClick={close} className="-me-2" />
    </Viewer>
  );
  if (onDesk) {
    return (
      <aside
        aria-label={strings.documents.text}
        className="relative shrink-0 border-s border-line bg-surface"
        style={{ width }}
      >
        <Edge width={width} onWidth={setWidth} />
        {viewer}
      </aside>
    );
  }
  return (
    <Suspense>
      <Dialog title={strings.documents.text} place="below" onClose={close}>
        {viewer}
      </Dialog>
    </Suspense>
  );
}

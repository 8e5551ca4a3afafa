// The column at the start: the mark, where one can go, the chats by day, and whose account this is.

import { Link } from '@tanstack/react-router';
import { FileText, type LucideIcon, PanelLeft, Search, SquarePen } from 'lucide-react';
import type { ReactNode } from 'react';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class-names.ts';
import { Keys } from '../ui/keys.tsx';
import { Logo } from '../ui/logo.tsx';
import { Account } from './account.tsx';
import { History } from './history.tsx';
import { closeDrawer, overlay, showSidebar } from './sidebar-state.ts';

const itemClass = 'flex h-8 w-full items-center gap-2.5 rounded-1 px-2 text-3';
const quietClass = 'text-ink-2 hover:bg-hover hover:text-ink';

function ItemFace({ icon: Icon, keys, children }: { icon: LucideIcon; keys?: string; children: ReactNode }) {
  return (
    <>
      <Icon aria-hidden size={16} strokeWidth={1.75} className="shrink-0 text-ink-3" />
      <span className="grow truncate text-start">{children}</span>
      {keys ? (
        <span aria-hidden className="touch:hidden">
          <Keys keys={keys} />
        </span>
      ) : null}
    </>
  );
}

export function Sidebar({ collapsible }: { collapsible: boolean }) {
  const words = strings.frame;
  return (
    <div className="group/sidebar flex h-full flex-col bg-sunken">
      <div className="flex h-12.5 shrink-0 items-center justify-between ps-4.5 pe-2.5 pt-1">
        <Link to="/" onClick={closeDrawer} className="flex items-center gap-2.25 rounded-1 text-4 font-bold">
          <Logo />
          {strings.loam}
        </Link>
        {collapsible ? (
          <IconButton
            label={words.hideSidebar}
            icon={PanelLeft}
            onClick={() => showSidebar(false)}
            className="opacity-0 focus-visible:opacity-100 group-hover/sidebar:opacity-100 touch:opacity-100"
          />
        ) : null}
      </div>
      <div className="flex shrink-0 flex-col px-2.5">
        <Link
          to="/"
          onClick={closeDrawer}
          className={cx(itemClass, 'mb-1.5 border border-line bg-surface font-medium text-ink hover:bg-hover')}
        >
          <ItemFace icon={SquarePen} keys="mod+shift+o">
            {words.newChat}
          </ItemFace>
        </Link>
        <button
          type="button"
          className={cx(itemClass, quietClass)}
          onClick={() => {
            closeDrawer();
            overlay.set('search');
          }}
        >
          <ItemFace icon={Search} keys="mod+k">
            {words.search}
          </ItemFace>
        </button>
        <Link
          to="/documents"
          onClick={closeDrawer}
          className={itemClass}
          activeProps={{ className: 'bg-hover font-semibold text-ink' }}
          inactiveProps={{ className: quietClass }}
        >
          <ItemFace icon={FileText}>{words.documents}</ItemFace>
        </Link>
      </div>
      <History />
      <Account />
    </div>
  );
}

// One chat in the sidebar: a link to it, and its actions when pointed at or focused.

import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { memo, useState } from 'react';
import type { Conversation } from '../api/conversations.ts';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/class-names.ts';
import { MenuButton, type MenuItem } from '../ui/menu-button.tsx';
import { removeConversation } from './conversations.ts';
import { RenameField } from './rename-field.tsx';
import { closeDrawer } from './sidebar-state.ts';

/** What can be done to a chat, in the sidebar and in its own header. */
export function useConversationActions(id: string, startRename: () => void): MenuItem[] {
  const navigate = useNavigate();
  const { conversationId } = useParams({ strict: false });
  return [
    { label: strings.rename, icon: Pencil, onSelect: startRename },
    {
      label: strings.delete,
      icon: Trash2,
      danger: true,
      onSelect: () => {
        if (conversationId === id) void navigate({ to: '/' });
        void removeConversation(id);
      },
    },
  ];
}

export const HistoryRow = memo(function HistoryRow({ conversation }: { conversation: Conversation }) {
  const [renaming, setRenaming] = useState(false);
  const [menu, setMenu] = useState(false);
  const actions = useConversationActions(conversation.id, () => setRenaming(true));
  const title = conversation.title ?? strings.history.untitled;
  if (renaming)
    return <RenameField conversation={conversation} onDone={() => setRenaming(false)} className="w-full text-3" />;
  return (
    <div className="group relative h-full">
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        onClick={closeDrawer}
        title={title}
        className="flex h-full items-center rounded-1 px-2 text-3 group-hover:pe-8 group-focus-within:pe-8 touch:pe-8"
        activeProps={{ className: 'bg-hover text-ink font-semibold' }}
        inactiveProps={{ className: 'text-ink-2 hover:bg-hover hover:text-ink' }}
      >
        <span dir="auto" className="truncate">
          {title}
        </span>
      </Link>
      <MenuButton items={actions} onOpenChange={setMenu}>
        {(props) => (
          <IconButton
            {...props}
            small
            label={strings.history.actions(title)}
            icon={Ellipsis}
            className={cx(
              'absolute end-1 top-0.75 group-focus-within:opacity-100 group-hover:opacity-100 touch:opacity-100',
              menu ? 'opacity-100' : 'opacity-0',
            )}
          />
        )}
      </MenuButton>
    </div>
  );
});

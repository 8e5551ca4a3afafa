// The title of a chat as a text field: Enter or leaving keeps it, Escape does not.

import { useEffect, useRef } from 'react';
import type { Conversation } from '../api/conversations.ts';
import { strings } from '../strings.ts';
import { cx } from '../ui/class-names.ts';
import { updateConversation } from './conversations.ts';

type Props = { conversation: Conversation; onDone: () => void; className?: string };

export function RenameField({ conversation, onDone, className }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => field.current?.select(), []);
  const finish = (keep: boolean): void => {
    if (done.current) return;
    done.current = true;
    const title = field.current?.value.trim() ?? '';
    if (keep && title !== '' && title !== conversation.title) void updateConversation(conversation, { title });
    onDone();
  };
  return (
    <input
      ref={field}
      defaultValue={conversation.title ?? ''}
      maxLength={200}
      aria-label={strings.history.renameLabel}
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') finish(true);
        if (event.key === 'Escape') finish(false);
        event.stopPropagation();
      }}
      className={cx('h-7.5 rounded-1 border border-control bg-surface px-2 font-semibold text-ink', className)}
    />
  );
}

// `‹ 2 / 3 ›`: the versions of one message, and the way from one to the next.

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { changeConversation } from '../api/conversations.ts';
import type { Message } from '../api/messages.ts';
import { asProblem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { showToast } from '../ui/toasts.ts';
import { useAnswer } from './answers.ts';
import { reloadPath } from './path.ts';

async function choose(message: Message, id: string): Promise<void> {
  try {
    await changeConversation(message.conversation_id, { active_message_id: id });
    await reloadPath(message.conversation_id);
  } catch (error) {
    showToast(asProblem(error).message);
  }
}

export function Siblings({ message }: { message: Message }) {
  const { sibling_ids: ids, sibling_index: index } = message;
  // While an answer is being written the branch it stands on stays.
  const live = useAnswer(message.conversation_id);
  const busy = live !== null && live.phase !== 'refused';
  if (ids.length < 2) return null;
  const previous = ids[index - 1];
  const next = ids[index + 1];
  const words = strings.chat;
  return (
    <span className="inline-flex items-center text-1 text-ink-3 tabular-nums">
      <IconButton
        small
        label={words.previousVersion}
        icon={ChevronLeft}
        className="rtl:rotate-180"
        disabled={busy || previous === undefined}
        onClick={() => (previous ? void choose(message, previous) : undefined)}
      />
      <span dir="ltr" aria-label={words.versionLabel(index + 1, ids.length)} role="img" className="px-0.5">
        {words.version(index + 1, ids.length)}
      </span>
      <IconButton
        small
        label={words.nextVersion}
        icon={ChevronRight}
        className="rtl:rotate-180"
        disabled={busy || next === undefined}
        onClick={() => (next ? void choose(message, next) : undefined)}
      />
    </span>
  );
}

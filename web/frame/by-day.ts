// Puts chats under the days they were last used on: one flat list of headings and rows, as the virtual list wants it.

import type { Conversation } from '../api/conversations.ts';
import { strings } from '../strings.ts';
import { daysAgo, formatDay } from '../ui/format.ts';

export type HistoryItem =
  | { kind: 'heading'; key: string; label: string }
  | { kind: 'row'; key: string; conversation: Conversation };

const month = new Intl.DateTimeFormat(navigator.language, { month: 'long', year: 'numeric' });

export const lastUsed = (conversation: Conversation): string => conversation.last_message_at ?? conversation.updated_at;

function headingOf(iso: string, now: Date): string {
  const days = daysAgo(iso, now);
  if (days < 2) return formatDay(iso, now);
  if (days <= 7) return strings.history.week;
  if (days <= 30) return strings.history.month;
  return month.format(new Date(iso));
}

export function groupByDay(conversations: Conversation[], now = new Date()): HistoryItem[] {
  const items: HistoryItem[] = [];
  let current = '';
  for (const conversation of conversations) {
    const label = headingOf(lastUsed(conversation), now);
    if (label !== current) items.push({ kind: 'heading', key: `heading ${label}`, label });
    current = label;
    items.push({ kind: 'row', key: conversation.id, conversation });
  }
  return items;
}

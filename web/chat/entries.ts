// What the list of messages shows: the known path, and over its end the turn that is being written.

import type { Attachment, Message } from '../api/messages.ts';
import { type LiveAnswer, wholeWords } from './live-answer.ts';

export type Entry =
  | {
      kind: 'question';
      key: string;
      message: Message | null;
      content: string;
      attachments: Attachment[];
      live: LiveAnswer | null;
    }
  | { kind: 'answer'; key: string; message: Message; previous: string }
  | { kind: 'writing'; key: string; text: string; live: LiveAnswer };

/** Messages before the turn: those that it does not replace, and that are not itself. */
function standing(path: Message[], live: LiveAnswer): Message[] {
  const own = new Set([live.replaces, live.question?.id, live.messageId]);
  const cut = path.findIndex((message) => own.has(message.id));
  return cut === -1 ? path : path.slice(0, cut);
}

export function entriesOf(path: Message[], live: LiveAnswer | null): Entry[] {
  const entries: Entry[] = [];
  let previous = '';
  for (const message of live ? standing(path, live) : path) {
    if (message.role === 'user') {
      const { content, attachments } = message;
      entries.push({ kind: 'question', key: message.id, message, content, attachments, live: null });
      previous = content;
    } else if (message.role === 'assistant') entries.push({ kind: 'answer', key: message.id, message, previous });
  }
  if (!live) return entries;
  if (live.question) {
    const { id, content, attachments } = live.question;
    entries.push({ kind: 'question', key: id ?? 'asking', message: null, content, attachments, live });
  }
  if (live.phase !== 'refused') {
    const text = live.phase === 'settling' ? live.text : wholeWords(live.text);
    entries.push({ kind: 'writing', key: live.messageId ?? 'writing', text, live });
  }
  return entries;
}

// What the list of messages shows: the known path, and over its end the turn that is being written.

import type { Attachment, Message } from '../api/messages.ts';
import { type LiveAnswer, wholeWords } from './live-answer.ts';

export type Entry =
  | { kind: 'question'; key: string; message: Message | null; content: string; attachments: Attachment[] }
  | { kind: 'answer'; key: string; message: Message }
  | { kind: 'writing'; key: string; text: string; live: LiveAnswer }
  | { kind: 'refused'; key: string; live: LiveAnswer };

/** Messages before the turn: those that it does not replace, and that are not itself. */
function standing(path: Message[], live: LiveAnswer): Message[] {
  const own = new Set([live.replaces, live.question?.id, live.messageId]);
  const cut = path.findIndex((message) => own.has(message.id));
  return cut === -1 ? path : path.slice(0, cut);
}

function entryOf(message: Message): Entry[] {
  const { id, role, content, attachments } = message;
  if (role === 'user') return [{ kind: 'question', key: id, message, content, attachments }];
  return role === 'assistant' ? [{ kind: 'answer', key: id, message }] : [];
}

export function entriesOf(path: Message[], live: LiveAnswer | null): Entry[] {
  if (!live) return path.flatMap(entryOf);
  const entries = standing(path, live).flatMap(entryOf);
  if (live.question) {
    const { id, content, attachments } = live.question;
    entries.push({ kind: 'question', key: id ?? 'asking', message: null, content, attachments });
  }
  if (live.phase === 'refused') entries.push({ kind: 'refused', key: 'refused', live });
  else {
    const text = live.phase === 'settling' ? live.text : wholeWords(live.text);
    entries.push({ kind: 'writing', key: live.messageId ?? 'writing', text, live });
  }
  return entries;
}

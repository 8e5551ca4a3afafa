// An answer while it is being written, and what each part of its stream adds to it (AI SDK's UI message stream).

import { type Attachment, type Citation, citation } from '../api/messages.ts';
import type { Problem } from '../api/problem.ts';
import { isObject, list, record } from '../api/shape.ts';

export type LiveAnswer = {
  /** The first message of the known path that this turn replaces; null when it comes after all of them. */
  replaces: string | null;
  question: { id: string | null; content: string; attachments: Attachment[] } | null;
  messageId: string | null;
  text: string;
  reasoning: string;
  citations: Citation[];
  phase: 'asking' | 'writing' | 'reconnecting' | 'refused' | 'settling';
  problem: Problem | null;
  retry: (() => void) | null;
  /** Of what was refused. */
  dismiss: (() => void) | null;
};

export const begun: LiveAnswer = {
  replaces: null,
  question: null,
  messageId: null,
  text: '',
  reasoning: '',
  citations: [],
  phase: 'asking',
  problem: null,
  retry: null,
  dismiss: null,
};

const readCitations = record({ citations: list(citation) });

/** How a stream ended; null while it goes on. A body that ends without one of these was cut off. */
export type Ending = 'finish' | 'error' | 'abort' | null;

export type Writing = { answer: LiveAnswer; ending: Ending };

function started(answer: LiveAnswer, part: Record<string, unknown>): LiveAnswer {
  const metadata = isObject(part.messageMetadata) ? part.messageMetadata : {};
  const questionId = typeof metadata.user_message_id === 'string' ? metadata.user_message_id : null;
  return {
    ...answer,
    phase: 'writing',
    messageId: typeof part.messageId === 'string' ? part.messageId : answer.messageId,
    question: answer.question ? { ...answer.question, id: questionId ?? answer.question.id } : null,
  };
}

/** Adds one part of the stream. Parts that this page does not know change nothing. */
export function addPart({ answer, ending }: Writing, data: string): Writing {
  if (data === '[DONE]') return { answer, ending };
  const part: unknown = JSON.parse(data);
  if (!isObject(part)) return { answer, ending };
  switch (part.type) {
    case 'start':
      return { answer: started(answer, part), ending };
    case 'text-delta':
      return { answer: { ...answer, text: answer.text + String(part.delta ?? '') }, ending };
    case 'reasoning-delta':
      return { answer: { ...answer, reasoning: answer.reasoning + String(part.delta ?? '') }, ending };
    case 'data-citations':
      return { answer: { ...answer, citations: readCitations(part.data).citations }, ending };
    case 'finish':
    case 'error':
    case 'abort':
      return { answer, ending: part.type };
    default:
      return { answer, ending };
  }
}

/** What may be shown of a text that is still arriving: whole words. */
export function wholeWords(text: string): string {
  const end = text.search(/\s\S*$/);
  return end === -1 ? '' : text.slice(0, end + 1);
}

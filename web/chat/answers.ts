// The answers being written, one a conversation. They live outside the pages: leaving one is not stopping its answer.

import { type Attachment, ask, editQuestion, type Message, regenerate, resume, stopAnswer } from '../api/messages.ts';
import { asProblem } from '../api/problem.ts';
import { readServerEvents } from '../api/server-events.ts';
import { makeStore, useStore } from '../ui/store.ts';
import { keepDraft, readDraft, writeDraft } from './draft.ts';
import { addPart, begun, type Ending, type LiveAnswer, type Writing } from './live-answer.ts';

type Turn = { control: AbortController; open: (signal: AbortSignal) => Promise<Response>; settle: () => Promise<void> };

const answers = makeStore<ReadonlyMap<string, LiveAnswer>>(new Map());
const turns = new Map<string, Turn>();
const longestWaitMs = 8000;

export const useAnswer = (conversationId: string): LiveAnswer | null => useStore(answers).get(conversationId) ?? null;

export function isAnswering(conversationId: string): boolean {
  const phase = answers.get().get(conversationId)?.phase;
  return phase !== undefined && phase !== 'refused';
}

function put(conversationId: string, answer: LiveAnswer | null): void {
  const next = new Map(answers.get());
  if (answer) next.set(conversationId, answer);
  else next.delete(conversationId);
  answers.set(next);
}

/** Shows what has arrived at most once a frame, so that typing never waits for a stream. */
function showEachFrame(conversationId: string): { show: (answer: LiveAnswer) => void; flush: () => void } {
  let waiting: LiveAnswer | null = null;
  let planned = false;
  const flush = (): void => {
    planned = false;
    if (waiting) put(conversationId, waiting);
    waiting = null;
  };
  return {
    flush,
    show: (answer) => {
      waiting = answer;
      if (planned) return;
      planned = true;
      if (document.hidden) setTimeout(flush, 200);
      else requestAnimationFrame(flush);
    },
  };
}

/** Reads a stream to its end. A replay starts from nothing; until it has caught up, what stood stays. */
async function write(conversationId: string, response: Response, from: LiveAnswer): Promise<Ending> {
  const frame = showEachFrame(conversationId);
  let state: Writing = { answer: { ...from, text: '', reasoning: '' }, ending: null };
  for await (const event of readServerEvents(response)) {
    state = addPart(state, event.data);
    const { answer } = state;
    frame.show(from.text.startsWith(answer.text) ? { ...answer, text: from.text } : answer);
  }
  frame.flush();
  return state.ending;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Writes until the stream says that it is over; a connection that was cut is taken up again. */
async function follow(conversationId: string, turn: Turn): Promise<void> {
  const { signal } = turn.control;
  let open = turn.open;
  for (let failures = 0; !signal.aborted; failures += 1) {
    const before = answers.get().get(conversationId) ?? begun;
    try {
      const response = await open(signal);
      if (response.status === 204) return;
      if ((await write(conversationId, response, before)) !== null) return;
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      const problem = asProblem(error);
      if (before.messageId === null || problem.status >= 400) throw problem;
    }
    const now = answers.get().get(conversationId) ?? before;
    put(conversationId, { ...now, phase: 'reconnecting' });
    await wait(Math.min(longestWaitMs, 400 * 2 ** failures));
    open = (again) => resume(conversationId, again);
  }
}

async function run(conversationId: string, answer: LiveAnswer, turn: Turn): Promise<void> {
  turns.get(conversationId)?.control.abort();
  turns.set(conversationId, turn);
  put(conversationId, answer);
  try {
    await follow(conversationId, turn);
  } catch (error) {
    const now = answers.get().get(conversationId) ?? answer;
    if (now.messageId === null) {
      turns.delete(conversationId);
      // What was not taken is not lost: it waits as a draft.
      if (now.question && now.replaces === null && readDraft(conversationId) === '')
        keepDraft(conversationId, now.question.content);
      put(conversationId, {
        ...now,
        phase: 'refused',
        problem: asProblem(error),
        dismiss: () => dismiss(conversationId),
      });
      return;
    }
  }
  if (turns.get(conversationId) !== turn) return;
  const now = answers.get().get(conversationId);
  if (now) put(conversationId, { ...now, phase: 'settling' });
  await turn.settle().catch(() => undefined);
  if (turns.get(conversationId) !== turn) return;
  turns.delete(conversationId);
  put(conversationId, null);
}

type Settle = () => Promise<void>;

export function startAsking(conversationId: string, content: string, attachments: Attachment[], settle: Settle): void {
  const ids = attachments.map(({ document_id }) => ({ document_id }));
  if (readDraft(conversationId) === content) keepDraft(conversationId, '');
  const question = ids.length > 0 ? { content, attachments: ids } : { content };
  const again = (): void => startAsking(conversationId, content, attachments, settle);
  void run(
    conversationId,
    { ...begun, question: { id: null, content, attachments }, retry: again },
    { control: new AbortController(), open: (signal) => ask(conversationId, question, signal), settle },
  );
}

export function startEditing(message: Message, content: string, settle: Settle): void {
  const again = (): void => startEditing(message, content, settle);
  void run(
    message.conversation_id,
    { ...begun, replaces: message.id, question: { id: null, content, attachments: message.attachments }, retry: again },
    { control: new AbortController(), open: (signal) => editQuestion(message.id, content, signal), settle },
  );
}

export function startRegenerating(message: Message, settle: Settle): void {
  const again = (): void => startRegenerating(message, settle);
  void run(
    message.conversation_id,
    { ...begun, replaces: message.id, retry: again },
    { control: new AbortController(), open: (signal) => regenerate(message.id, signal), settle },
  );
}

/** Takes up an answer that was being written when the page was opened, here or elsewhere. */
export function startResuming(message: Message, settle: Settle): void {
  if (isAnswering(message.conversation_id)) return;
  const { id, content, citations } = message;
  void run(
    message.conversation_id,
    { ...begun, replaces: id, messageId: id, text: content, citations, phase: 'writing' },
    { control: new AbortController(), open: (signal) => resume(message.conversation_id, signal), settle },
  );
}

/** Stops the answer where it is. What was written stays, and the stream's end brings it. */
export async function stopAnswering(conversationId: string): Promise<void> {
  const answer = answers.get().get(conversationId);
  if (!answer || answer.phase === 'settling') return;
  if (answer.messageId === null) turns.get(conversationId)?.control.abort();
  else await stopAnswer(answer.messageId).catch(() => turns.get(conversationId)?.control.abort());
}

/** Lets go of a message that was refused; what was asked anew goes back to the composer. */
function dismiss(conversationId: string): void {
  const answer = answers.get().get(conversationId);
  if (answer?.phase !== 'refused') return;
  if (answer.question && answer.replaces === null) writeDraft(conversationId, answer.question.content);
  put(conversationId, null);
}

// The answers being written, one a conversation. They live outside the pages: leaving one is not stopping its answer.

import { type Attachment, ask, editQuestion, type Message, regenerate, resume, stopAnswer } from '../api/messages.ts';
import { pause } from '../api/pause.ts';
import { asProblem, mayPass } from '../api/problem.ts';
import { readServerEvents } from '../api/server-events.ts';
import { makeStore, useStore } from '../ui/store.ts';
import { keepDraft, readDraft, writeDraft } from './draft.ts';
import { addPart, begun, type Ending, type LiveAnswer, type Writing } from './live-answer.ts';

type Turn = {
  conversationId: string;
  control: AbortController;
  open: (signal: AbortSignal) => Promise<Response>;
  settle: Settle;
  /** Known as soon as the stream has begun, a frame before it is shown. */
  messageId: string | null;
  /** Stop was pressed; before the stream has begun nobody knows yet what to stop. */
  stopping: boolean;
};
type Settle = () => Promise<void>;

const answers = makeStore<ReadonlyMap<string, LiveAnswer>>(new Map());
const turns = new Map<string, Turn>();
const longestWaitMs = 8000;

export const useAnswer = (conversationId: string): LiveAnswer | null => useStore(answers).get(conversationId) ?? null;

export const readAnswer = (conversationId: string): LiveAnswer | null => answers.get().get(conversationId) ?? null;

export function isAnswering(conversationId: string): boolean {
  const phase = readAnswer(conversationId)?.phase;
  return phase !== undefined && phase !== 'refused';
}

function put(conversationId: string, answer: LiveAnswer | null): void {
  const next = new Map(answers.get());
  if (answer) next.set(conversationId, answer);
  else next.delete(conversationId);
  answers.set(next);
}

const isCurrent = (turn: Turn): boolean => turns.get(turn.conversationId) === turn;

const shownOf = (turn: Turn): LiveAnswer => readAnswer(turn.conversationId) ?? begun;

/** Calls back when the answer that is being written in a conversation has its place in the path. */
export function whenAtRest(conversationId: string, act: () => void): void {
  const leave = answers.subscribe(() => {
    if (isAnswering(conversationId)) return;
    leave();
    act();
  });
}

/** A turn that another has taken the place of shows nothing any more. */
function show(turn: Turn, answer: LiveAnswer): void {
  if (isCurrent(turn)) put(turn.conversationId, answer);
}

/** Shows what has arrived at most once a frame, so that typing never waits for a stream. */
function showEachFrame(turn: Turn): { plan: (answer: LiveAnswer) => void; flush: () => void } {
  let waiting: LiveAnswer | null = null;
  let planned = false;
  const flush = (): void => {
    planned = false;
    if (waiting) show(turn, waiting);
    waiting = null;
  };
  return {
    flush,
    plan: (answer) => {
      waiting = answer;
      if (planned) return;
      planned = true;
      if (document.hidden) setTimeout(flush, 200);
      else requestAnimationFrame(flush);
    },
  };
}

/** Asks the server to stop; if it cannot be asked, at least nobody reads on. */
const requestStop = (turn: Turn, messageId: string): Promise<void> =>
  stopAnswer(messageId).catch(() => turn.control.abort());

/** Takes in which message is being written, and stops it if that was wanted before. */
function learnMessage(turn: Turn, { messageId }: LiveAnswer): void {
  if (messageId === null || turn.messageId === messageId) return;
  turn.messageId = messageId;
  if (turn.stopping) void requestStop(turn, messageId);
}

/** Reads a stream to its end. A replay starts from nothing; until it has caught up, what stood stays. */
async function write(turn: Turn, response: Response, from: LiveAnswer): Promise<Ending> {
  const frame = showEachFrame(turn);
  let state: Writing = { answer: { ...from, text: '', reasoning: '' }, ending: null };
  try {
    for await (const event of readServerEvents(response)) {
      state = addPart(state, event.data);
      const { answer } = state;
      learnMessage(turn, answer);
      frame.plan(from.text.startsWith(answer.text) ? { ...answer, text: from.text } : answer);
    }
  } finally {
    frame.flush();
  }
  return state.ending;
}

/** Writes until the stream says that it is over; a connection that was cut is taken up again. */
async function follow(turn: Turn): Promise<void> {
  const { signal } = turn.control;
  let open = turn.open;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const response = await open(signal);
      if (response.status === 204) return;
      if ((await write(turn, response, shownOf(turn))) !== null) return;
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (turn.messageId === null || !mayPass(error)) throw asProblem(error);
    }
    if (signal.aborted) return;
    show(turn, { ...shownOf(turn), phase: 'reconnecting' });
    await pause(Math.min(longestWaitMs, 400 * 2 ** failures), signal);
    open = (again) => resume(turn.conversationId, again);
  }
}

/** The server did not take what was asked. It is not lost: it waits as a draft. */
function refuse(turn: Turn, error: unknown): void {
  const { conversationId } = turn;
  const now = shownOf(turn);
  turns.delete(conversationId);
  if (now.question && now.replaces === null && readDraft(conversationId) === '')
    keepDraft(conversationId, now.question.content);
  put(conversationId, {
    ...now,
    phase: 'refused',
    problem: asProblem(error),
    dismiss: () => dismiss(conversationId),
  });
}

/** Until the path holds the question and the answer they stay shown here, however often it must be asked for. */
async function settle(turn: Turn): Promise<void> {
  for (let failures = 0; isCurrent(turn); failures += 1) {
    try {
      return await turn.settle();
    } catch (error) {
      if ([401, 403, 404].includes(asProblem(error).status)) return;
    }
    await pause(Math.min(longestWaitMs, 400 * 2 ** failures));
  }
}

async function run(turn: Turn, answer: LiveAnswer): Promise<void> {
  const { conversationId } = turn;
  turns.get(conversationId)?.control.abort();
  turns.set(conversationId, turn);
  put(conversationId, answer);
  try {
    await follow(turn);
  } catch (error) {
    if (!isCurrent(turn)) return;
    if (turn.messageId === null) return refuse(turn, error);
  }
  show(turn, { ...shownOf(turn), phase: 'settling' });
  await settle(turn);
  if (!isCurrent(turn)) return;
  turns.delete(conversationId);
  put(conversationId, null);
}

const turnOf = (conversationId: string, open: Turn['open'], settle: Settle, messageId: string | null = null): Turn => ({
  conversationId,
  control: new AbortController(),
  open,
  settle,
  messageId,
  stopping: false,
});

export function startAsking(conversationId: string, content: string, attachments: Attachment[], settle: Settle): void {
  const ids = attachments.map(({ document_id }) => ({ document_id }));
  if (readDraft(conversationId) === content) keepDraft(conversationId, '');
  const question = ids.length > 0 ? { content, attachments: ids } : { content };
  const again = (): void => startAsking(conversationId, content, attachments, settle);
  const turn = turnOf(conversationId, (signal) => ask(conversationId, question, signal), settle);
  void run(turn, { ...begun, question: { id: null, content, attachments }, retry: again });
}

export function startEditing(message: Message, content: string, settle: Settle): void {
  const again = (): void => startEditing(message, content, settle);
  const question = { id: null, content, attachments: message.attachments };
  const turn = turnOf(message.conversation_id, (signal) => editQuestion(message.id, content, signal), settle);
  void run(turn, { ...begun, replaces: message.id, question, retry: again });
}

export function startRegenerating(message: Message, settle: Settle): void {
  const again = (): void => startRegenerating(message, settle);
  const turn = turnOf(message.conversation_id, (signal) => regenerate(message.id, signal), settle);
  void run(turn, { ...begun, replaces: message.id, retry: again });
}

/** Takes up an answer that was being written when the page was opened, here or elsewhere. */
export function startResuming(message: Message, settle: Settle): void {
  if (isAnswering(message.conversation_id)) return;
  const { id, conversation_id: conversationId, content, citations } = message;
  const turn = turnOf(conversationId, (signal) => resume(conversationId, signal), settle, id);
  void run(turn, { ...begun, replaces: id, messageId: id, text: content, citations, phase: 'writing' });
}

/** Stops the answer where it is. What was written stays, and the stream's end brings it. Asked again, it is left at once. */
export async function stopAnswering(conversationId: string): Promise<void> {
  const turn = turns.get(conversationId);
  if (!turn || shownOf(turn).phase === 'settling') return;
  if (turn.stopping) return turn.control.abort();
  turn.stopping = true;
  if (turn.messageId !== null) await requestStop(turn, turn.messageId);
}

/** Lets go of a message that was refused; what was asked anew goes back to the composer. */
function dismiss(conversationId: string): void {
  const answer = readAnswer(conversationId);
  if (answer?.phase !== 'refused') return;
  if (answer.question && answer.replaces === null) writeDraft(conversationId, answer.question.content);
  put(conversationId, null);
}

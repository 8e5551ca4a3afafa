// Makes one answer. The task outlives the request that asked: it finds passages, lets the model speak, keeps what it
// says in pieces, and ends the message as completed, stopped or failed. Nobody's leaving stops it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Passage } from '../../contract/passages.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { AnswerEvent, Ask } from '../gateway/gateway.ts';
import { finishAnswer, markStreaming, writeCitations } from './answer-queries.ts';
import { CitationBook } from './citation-book.ts';
import type { LiveAnswer, LiveAnswers } from './live-answers.ts';
import { filterMarks } from './marks.ts';
import { PieceWriter } from './piece-writer.ts';
import { buildPrompt } from './prompt.ts';

/** What the room asks of its neighbours; the gateway and the search room provide it. */
export interface AnswerSources {
  answer(
    ask: Ask,
    context: { claims: Claims; requestId: string; conversationId: string; messageId: string; signal: AbortSignal },
  ): AsyncIterable<AnswerEvent>;
  retrieve(
    claims: Claims,
    query: {
      question: string;
      collectionIds: readonly string[];
      documentIds: readonly string[];
      conversationId: string;
      signal: AbortSignal;
    },
  ): Promise<Passage[]>;
}

export interface AnswerTask {
  readonly claims: Claims;
  readonly requestId: string;
  readonly conversationId: string;
  readonly questionId: string;
  readonly messageId: string;
  readonly model: string;
  readonly systemPrompt: string | null;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  /** Null answers without documents. */
  readonly documents: { readonly collectionIds: readonly string[]; readonly documentIds: readonly string[] } | null;
  /** Newest first, beginning with the question. */
  readonly history: readonly { readonly role: string; readonly content: string }[];
}

export interface AnswerDeps {
  readonly db: Database;
  readonly log: Log;
  readonly sources: AnswerSources;
  readonly live: LiveAnswers;
}

type Finish = Extract<AnswerEvent, { type: 'finish' }>;
interface Said {
  text: string;
  reasoning: string;
  finish: Finish | null;
}

/** Characters; what a message may hold in the database. A model that goes on is cut off. */
const longestAnswer = 500_000;
const textId = 'text';
const reasoningId = 'reasoning';

/** Never throws: whatever happens ends up in the message. */
export async function makeAnswer(deps: AnswerDeps, task: AnswerTask, live: LiveAnswer): Promise<void> {
  const { db, log } = deps;
  const pieces = new PieceWriter(db, task.messageId, log);
  const say = (event: { type: string } & Record<string, unknown>): void => {
    deps.live.say(live, event);
    pieces.add(event);
  };
  const said: Said = { text: '', reasoning: '', finish: null };
  const book = new CitationBook();
  let failure: AppError | null = null;
  try {
    say({
      type: 'start',
      messageId: task.messageId,
      messageMetadata: { user_message_id: task.questionId, model: task.model },
    });
    say({ type: 'start-step' });
    await speak(deps, task, live.stop.signal, say, said, book);
  } catch (error) {
    if (!live.stop.signal.aborted) failure = toFailure(error, log, task);
    else if (live.stop.signal.reason === 'shutting_down') failure = new AppError('shutting_down', { cause: error });
  }
  const stopped = failure === null && said.finish === null;
  const end = endEvents(said, stopped, failure);
  for (const event of end.slice(0, -1)) say(event);
  await pieces.flush();
  try {
    await untilThere(() => keep(db, task, said, book, stopped, failure), live.stop.signal);
  } catch (error) {
    log.error({ err: error, message_id: task.messageId }, 'an answer could not be kept');
    failure ??= new AppError('database_unavailable', { cause: error });
    // Once more, as failed: else it would look alive until its lease runs out.
    await keep(db, task, said, null, stopped, failure).catch(() => {});
  }
  // The last word is said once the message is in the database: whoever refetches on it finds the whole answer.
  const last = failure === null ? end.at(-1) : endEvents(said, stopped, failure).at(-1);
  if (last !== undefined) say(last);
  deps.live.end(live);
  await pieces.flush();
}

/** Milliseconds between attempts: a server that starts again is back within this. */
const pauses = [250, 500, 1_000, 2_000, 4_000, 8_000];

/** What has been said is paid for: a database that is away for a moment does not lose it. A shut-down waits for nothing. */
async function untilThere(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof AppError && error.retryAfter !== undefined;
      if (!passes || signal.reason === 'shutting_down') throw error;
      await delay(pause, undefined, signal.aborted ? {} : { signal }).catch(() => {}); // Stopped meanwhile: at once.
    }
  }
  await work();
}

async function speak(
  deps: AnswerDeps,
  task: AnswerTask,
  signal: AbortSignal,
  say: (event: { type: string } & Record<string, unknown>) => void,
  said: Said,
  book: CitationBook,
): Promise<void> {
  const question = task.history[0]?.content ?? '';
  const passages =
    task.documents === null
      ? null
      : await deps.sources.retrieve(task.claims, {
          question,
          ...task.documents,
          conversationId: task.conversationId,
          signal,
        });
  book.offer(passages ?? []);
  const marks = filterMarks({ cite: (number) => book.cite(number) });
  let streaming = false;
  const speakText = (text: string): void => {
    for (const source of book.takeNew()) say(source);
    if (text === '') return;
    if (said.text === '') say({ type: 'text-start', id: textId });
    said.text += text;
    say({ type: 'text-delta', id: textId, delta: text });
  };
  const ask: Ask = {
    model: task.model,
    messages: buildPrompt(
      task.history,
      task.systemPrompt,
      passages === null ? null : { passages, chosen: isChosen(task) },
    ),
    passages,
    question,
    ...(task.temperature === null ? {} : { temperature: task.temperature }),
    ...(task.maxTokens === null ? {} : { max_tokens: task.maxTokens }),
  };
  const context = {
    claims: task.claims,
    requestId: task.requestId,
    conversationId: task.conversationId,
    messageId: task.messageId,
    signal,
  };
  try {
    for await (const event of deps.sources.answer(ask, context)) {
      signal.throwIfAborted();
      if (!streaming) {
        streaming = true;
        deps.db.asService('answer', markStreaming({ id: task.messageId })).catch(() => {}); // The end of the answer sets its status anyway.
      }
      if (said.text.length + said.reasoning.length > longestAnswer)
        throw new AppError('answer_incomplete', { message: 'The answer became too long and was cut off.' });
      if (event.type === 'text') {
        const text = withoutNul(event.text);
        speakText(passages === null ? text : marks.push(text));
      } else if (event.type === 'citation') {
        speakText(marks.end()); // A mark still held back belongs to the stretch before.
        book.narrow(event.marker, event.start_offset, event.end_offset);
      } else if (event.type === 'reasoning') {
        if (said.reasoning === '') say({ type: 'reasoning-start', id: reasoningId });
        const text = withoutNul(event.text);
        said.reasoning += text;
        say({ type: 'reasoning-delta', id: reasoningId, delta: text });
      } else said.finish = event;
    }
  } finally {
    speakText(marks.end()); // Whatever ends it, nothing that arrived is held back.
  }
  if (said.finish === null) throw new AppError('answer_incomplete');
}

/** PostgreSQL refuses it, and with it the whole answer. */
const withoutNul = (text: string): string => text.replaceAll('\u0000', '');

const isChosen = ({ documents }: AnswerTask): boolean =>
  documents !== null && documents.collectionIds.length + documents.documentIds.length > 0;

function toFailure(error: unknown, log: Log, task: AnswerTask): AppError {
  const failure = error instanceof AppError ? error : new AppError('answer_failed', { cause: error });
  log.warn(
    { err: error, message_id: task.messageId, request_id: task.requestId, code: failure.code },
    'an answer failed',
  );
  return failure;
}

function endEvents(
  said: Said,
  stopped: boolean,
  failure: AppError | null,
): ({ type: string } & Record<string, unknown>)[] {
  const closing = [
    ...(said.reasoning === '' ? [] : [{ type: 'reasoning-end', id: reasoningId }]),
    ...(said.text === '' ? [] : [{ type: 'text-end', id: textId }]),
  ];
  if (failure !== null) return [...closing, { type: 'error', errorText: failure.message, code: failure.code }];
  if (stopped) return [...closing, { type: 'abort', reason: 'stopped' }];
  const { finish } = said;
  return [
    ...closing,
    { type: 'finish-step' },
    {
      type: 'finish',
      finishReason: finish?.reason ?? 'stop',
      messageMetadata: {
        provider: finish?.provider ?? null,
        model: finish?.model ?? null,
        tokens_used: (finish?.input_tokens ?? 0) + (finish?.output_tokens ?? 0),
        cost_usd: finish?.cost_usd ?? null,
      },
    },
  ];
}

async function keep(
  db: Database,
  task: AnswerTask,
  said: Said,
  book: CitationBook | null,
  stopped: boolean,
  failure: AppError | null,
): Promise<void> {
  const { finish } = said;
  const citations = book?.cited() ?? [];
  await db.asService('answer', [
    ...(citations.length === 0 ? [] : [writeCitations({ message_id: task.messageId, citations })]),
    finishAnswer({
      id: task.messageId,
      status: failure !== null ? 'failed' : stopped ? 'stopped' : 'completed',
      content: said.text,
      reasoning: said.reasoning === '' ? null : said.reasoning,
      error: failure === null ? null : { code: failure.code, message: failure.message, hint: failure.hint ?? null },
      provider: finish?.provider ?? null,
      model_used: finish === null ? null : `${finish.provider}/${finish.model}`,
      input_tokens: finish?.input_tokens ?? null,
      output_tokens: finish?.output_tokens ?? null,
      cost_usd: finish?.cost_usd ?? null,
    }),
  ]);
}

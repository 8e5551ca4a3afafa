// Watching an answer that this or another process makes: what has been said, then the rest as it comes.
import type { Claims, Database } from '../../core/database.ts';
import type { LiveAnswers } from './live-answers.ts';
import * as sql from './queries.ts';
import type { UiEvent } from './ui-stream.ts';

/** Wakes watchers of answers that other processes make; one listener for all of them. */
export class AnswerBell {
  readonly #waiting = new Map<string, Set<() => void>>();

  ring(payload: string | null): void {
    const messageId = payload?.split(':')[0];
    for (const [id, wakes] of this.#waiting)
      if (messageId === undefined || id === messageId) for (const wake of wakes) wake();
  }

  /** `onRing` is called for each notification about this message until the returned function is called. */
  on(messageId: string, onRing: () => void): () => void {
    const wakes = this.#waiting.get(messageId) ?? new Set();
    this.#waiting.set(messageId, wakes);
    wakes.add(onRing);
    return () => {
      wakes.delete(onRing);
      if (wakes.size === 0) this.#waiting.delete(messageId);
    };
  }
}

interface WatchDeps {
  readonly db: Database;
  readonly live: LiveAnswers;
  readonly bell: AnswerBell;
}

/** All events of an answer from its beginning. Rights are the reader's: without them nothing is found and it ends. */
export function watchAnswer(deps: WatchDeps, claims: Claims, messageId: string): AsyncIterable<UiEvent> {
  const live = deps.live.get(messageId);
  return live === undefined ? followStored(deps, claims, messageId) : deps.live.watch(live);
}

/** Without a notification it looks again by itself: one may be lost when the listening connection breaks. */
const lookAgain = 5_000;

async function* followStored({ db, bell }: WatchDeps, claims: Claims, messageId: string): AsyncGenerator<UiEvent> {
  let after = 0;
  let wake = (): void => {};
  const off = bell.on(messageId, () => wake());
  const said = { open: new Set<string>() };
  try {
    for (;;) {
      const rung = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const [pieces, [state]] = await db.asUser(claims, [
        sql.listPieces({ message_id: messageId, after }),
        sql.getStatus({ id: messageId }),
      ]);
      for (const piece of pieces) {
        after = piece.seq;
        for (const event of piece.events) {
          const { type } = event;
          if (typeof type !== 'string') continue;
          track(said.open, type);
          yield { ...event, type };
        }
      }
      if (state === undefined || (state.status !== 'pending' && state.status !== 'streaming')) {
        yield* closing(said.open);
        yield lastWord(state);
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([rung, new Promise((resolve) => (timer = setTimeout(resolve, lookAgain)))]);
      clearTimeout(timer);
    }
  } finally {
    off();
  }
}

function track(open: Set<string>, type: string): void {
  if (type.endsWith('-start') && type !== 'start') open.add(type.slice(0, -'-start'.length));
  if (type.endsWith('-end')) open.delete(type.slice(0, -'-end'.length));
}

function* closing(open: ReadonlySet<string>): Generator<UiEvent> {
  for (const part of open) yield { type: `${part}-end`, id: part };
}

/** How a stored answer ended, for a reader whose pieces lack the last one. */
function lastWord(state: { status: string; error: { code: string; message: string } | null } | undefined): UiEvent {
  if (state?.status === 'completed') return { type: 'finish', finishReason: 'stop' };
  if (state?.status === 'stopped') return { type: 'abort', reason: 'stopped' };
  return {
    type: 'error',
    errorText: state?.error?.message ?? 'The answer is not there.',
    code: state?.error?.code ?? 'not_found',
  };
}

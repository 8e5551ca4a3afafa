// Keeps a running answer's events in the database, coalesced, so that any process can replay them. One write at a time:
// while it is under way the next piece grows.
import type { Database } from '../../core/database.ts';
import type { Log } from '../../core/log.ts';
import { writePiece } from './answer-queries.ts';
import type { UiEvent } from './ui-stream.ts';

const pause = 80;

export class PieceWriter {
  readonly #db: Database;
  readonly #messageId: string;
  readonly #log: Log;
  #waiting: UiEvent[] = [];
  #seq = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(db: Database, messageId: string, log: Log) {
    this.#db = db;
    this.#messageId = messageId;
    this.#log = log;
  }

  add(event: UiEvent): void {
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => void this.flush(), pause);
  }

  /** Resolves when everything added so far is in the database, or has failed to be. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const events = joinDeltas(this.#waiting);
    this.#waiting = [];
    this.#seq += 1;
    try {
      await this.#db.asService('answer', writePiece({ message_id: this.#messageId, seq: this.#seq, events }));
    } catch (error) {
      // The answer itself is kept at its end; only watchers in other processes miss a piece, and they refetch.
      this.#log.warn({ err: error, message_id: this.#messageId }, 'a piece of an answer could not be kept');
    }
  }
}

/** Deltas of one text that follow each other become one: fewer rows, same replay. */
export function joinDeltas(events: readonly UiEvent[]): UiEvent[] {
  const joined: UiEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    const same = last !== undefined && last.type === event.type && last['id'] === event['id'];
    if (same && typeof event['delta'] === 'string' && typeof last['delta'] === 'string') {
      joined[joined.length - 1] = { ...last, delta: last['delta'] + event['delta'] };
    } else joined.push(event);
  }
  return joined;
}

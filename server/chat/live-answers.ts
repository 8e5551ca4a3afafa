// Answers that this process is making: what they have said so far, who watches them, and how to stop them.
import type { UiEvent } from './ui-stream.ts';

export interface LiveAnswer {
  readonly messageId: string;
  readonly stop: AbortController;
  readonly events: UiEvent[];
  ended: boolean;
  readonly wake: Set<() => void>;
}

export class LiveAnswers {
  readonly #answers = new Map<string, LiveAnswer>();
  readonly #idle = new Set<() => void>();
  #isClosing = false;

  begin(messageId: string): LiveAnswer {
    const answer: LiveAnswer = { messageId, stop: new AbortController(), events: [], ended: false, wake: new Set() };
    this.#answers.set(messageId, answer);
    if (this.#isClosing) answer.stop.abort('shutting_down');
    return answer;
  }

  say(answer: LiveAnswer, event: UiEvent): void {
    answer.events.push(event);
    for (const wake of answer.wake) wake();
  }

  end(answer: LiveAnswer): void {
    answer.ended = true;
    for (const wake of answer.wake) wake();
    this.#answers.delete(answer.messageId);
    if (this.#answers.size === 0) for (const resolve of this.#idle) resolve();
  }

  get(messageId: string): LiveAnswer | undefined {
    return this.#answers.get(messageId);
  }

  ids(): string[] {
    return [...this.#answers.keys()];
  }

  /** Also those that a request on its way has yet to begin. */
  stopAll(): void {
    this.#isClosing = true;
    for (const answer of this.#answers.values()) answer.stop.abort('shutting_down');
  }

  /** Resolves when no answer is being made. */
  settled(): Promise<void> {
    if (this.#answers.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.add(resolve);
    });
  }

  /** Everything from the beginning, then live. Returning early stops watching, not answering. */
  async *watch(answer: LiveAnswer): AsyncGenerator<UiEvent> {
    let wake = (): void => {};
    let waiting = Promise.resolve();
    const arm = (): void => {
      waiting = new Promise((resolve) => {
        wake = resolve;
      });
    };
    const ring = (): void => wake();
    arm();
    answer.wake.add(ring);
    try {
      for (let at = 0; ; ) {
        while (at < answer.events.length) {
          const event = answer.events[at++];
          if (event !== undefined) yield event;
        }
        if (answer.ended) return;
        await waiting;
        arm();
      }
    } finally {
      answer.wake.delete(ring);
    }
  }
}

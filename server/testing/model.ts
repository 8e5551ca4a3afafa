// A model under a test's control: it says what the test tells it, when the test tells it. Everything around it is real.
import type { Passage } from '../../contract/passages.ts';
import type { AnswerSources } from '../chat/answer.ts';
import type { AnswerEvent, Ask } from '../gateway/gateway.ts';

export interface Call {
  readonly ask: Ask;
  readonly signal: AbortSignal;
  say(text: string): void;
  cite(marker: number, start: number, end: number): void;
  finish(): void;
  fail(error: Error): void;
  /** Ends without a finish, as a provider does that breaks off. */
  breakOff(): void;
}

export interface ScriptedModel extends AnswerSources {
  /** The next call to the model, once it has come. */
  next(): Promise<Call>;
  passages: Passage[];
}

type Step = { event: AnswerEvent } | { error: Error } | { end: true };

export function scriptedModel(): ScriptedModel {
  const calls: Call[] = [];
  const waiting: ((call: Call) => void)[] = [];
  const model: ScriptedModel = {
    passages: [],
    retrieve: async () => model.passages,
    next: () => {
      const call = calls.shift();
      return call === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(call);
    },
    async *answer(ask, { signal }) {
      const steps: Step[] = [];
      let wake = (): void => {};
      const push = (step: Step): void => {
        steps.push(step);
        wake();
      };
      const [provider = '', name = ''] = ask.model.split('/');
      const call: Call = {
        ask,
        signal,
        say: (text) => push({ event: { type: 'text', text } }),
        cite: (marker, start_offset, end_offset) =>
          push({ event: { type: 'citation', marker, start_offset, end_offset } }),
        finish: () =>
          push({
            event: {
              type: 'finish',
              reason: 'stop',
              provider,
              model: name,
              input_tokens: 10,
              output_tokens: 5,
              cost_usd: '0.0001',
              estimated: false,
            },
          }),
        fail: (error) => push({ error }),
        breakOff: () => push({ end: true }),
      };
      signal.addEventListener('abort', () => push({ error: new DOMException('aborted', 'AbortError') }));
      const taker = waiting.shift();
      if (taker === undefined) calls.push(call);
      else taker(call);
      for (;;) {
        const step = steps.shift();
        if (step === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if ('event' in step) {
          yield step.event;
          if (step.event.type === 'finish') return;
        } else if ('error' in step) throw step.error;
        else return;
      }
    },
  };
  return model;
}

// A question of another room to a model, and the answer as events.
import type { Passage } from '../../contract/passages.ts';

/** What is asked. `messages` goes to models that converse; `passages` and `question` to the built-in one. */
export interface Ask {
  model: string;
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
  /** Null without documents; empty when none matched. */
  passages: readonly Passage[] | null;
  question: string;
  temperature?: number;
  max_tokens?: number;
}

/** `citation` says which stretch of the page the next marker stands for; offsets are code points into it. */
export type AnswerEvent =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'citation'; marker: number; start_offset: number; end_offset: number }
  | {
      type: 'finish';
      /** As the provider says it: stop, length, content_filter, tool_calls. */
      reason: string;
      provider: string;
      model: string;
      input_tokens: number;
      output_tokens: number;
      cost_usd: string | null;
      estimated: boolean;
    };

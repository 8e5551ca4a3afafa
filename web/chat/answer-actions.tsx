// What can be done with an answer, and quietly at the end of the line which model wrote it and what it cost.

import { Check, Copy, RefreshCw, ThumbsDown, ThumbsUp } from 'lucide-react';
import { useState } from 'react';
import { type Message, rateAnswer } from '../api/messages.ts';
import { asProblem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { formatMoment, formatMoney } from '../ui/format.ts';
import { showToast } from '../ui/toasts.ts';
import { useCopy } from '../ui/use-copy.ts';
import { modelName } from './model-name.ts';
import { sourceName } from './open-passage.ts';
import { updateMessage } from './path.ts';
import { Siblings } from './siblings.tsx';

const words = strings.chat;

async function rate(message: Message, rating: 'up' | 'down'): Promise<void> {
  const feedback = message.feedback === rating ? null : rating;
  updateMessage({ ...message, feedback });
  try {
    await rateAnswer(message.id, feedback);
  } catch (error) {
    updateMessage(message);
    showToast(asProblem(error).message);
  }
}

/** The answer with the list of its sources, so that the numbers in it keep their meaning elsewhere. */
function textWithSources({ content, citations }: Message): string {
  if (citations.length === 0) return content;
  const lines = citations.map((each) => `[${each.position}] ${sourceName(each, words.page)}`);
  return `${content.trimEnd()}\n\n${lines.join('\n')}\n`;
}

const costOf = (message: Message): string =>
  message.cost_usd === null ? words.unpriced : formatMoney(message.cost_usd);

function Detail({ message }: { message: Message }) {
  const rows: [string, string][] = [
    [words.detail.model, message.model_used ?? message.model ?? '–'],
    [words.detail.input, message.input_tokens === null ? '–' : words.tokens(message.input_tokens)],
    [words.detail.output, message.output_tokens === null ? '–' : words.tokens(message.output_tokens)],
    [words.detail.cost, costOf(message)],
    [words.detail.at, formatMoment(message.created_at)],
  ];
  return (
    <dl className="arrive mt-1 grid facts gap-x-4 gap-y-1 rounded-2 border border-line bg-surface p-3 text-1">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="text-ink-2 tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type Props = { message: Message; onRegenerate: (message: Message) => void };

export function AnswerActions({ message, onRegenerate }: Props) {
  const [copied, copy] = useCopy();
  const [detailed, setDetailed] = useState(false);
  const { feedback, tokens_used: tokens } = message;
  return (
    <>
      <div className="mt-2 flex flex-wrap items-center gap-x-1">
        <div className="-ms-2 flex items-center opacity-70 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100 touch:opacity-100">
          <IconButton
            label={copied ? strings.copied : words.copyAnswer}
            icon={copied ? Check : Copy}
            onClick={() => copy(textWithSources(message))}
          />
          <IconButton label={words.regenerate} icon={RefreshCw} onClick={() => onRegenerate(message)} />
          <IconButton
            label={words.good}
            icon={ThumbsUp}
            active={feedback === 'up'}
            aria-pressed={feedback === 'up'}
            onClick={() => void rate(message, 'up')}
          />
          <IconButton
            label={words.bad}
            icon={ThumbsDown}
            active={feedback === 'down'}
            aria-pressed={feedback === 'down'}
            onClick={() => void rate(message, 'down')}
          />
        </div>
        <Siblings message={message} />
        <button
          type="button"
          aria-expanded={detailed}
          title={words.details}
          onClick={() => setDetailed(!detailed)}
          className="ms-auto rounded-1 py-1 text-end text-1 text-ink-3 tabular-nums hover:text-ink"
        >
          {modelName(message.model_used ?? message.model)}
          {tokens === 0 ? '' : ` · ${words.tokens(tokens)}`}
          {` · ${costOf(message)}`}
        </button>
      </div>
      {detailed ? <Detail message={message} /> : null}
    </>
  );
}

// An answer that stands: its text, where it rests, what can be done with it, and why it ended if it did not finish.

import { memo } from 'react';
import type { Message } from '../api/messages.ts';
import { Problem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { AnswerActions } from './answer-actions.tsx';
import { AnswerText } from './answer-text.tsx';
import { modelName } from './model-name.ts';
import { Reasoning } from './reasoning.tsx';
import { Sources } from './sources.tsx';

type Props = { message: Message; onRegenerate: (message: Message) => void };

function Failure({ message, onRegenerate }: Props) {
  const { error } = message;
  const problem = new Problem(0, error?.code ?? '', error?.message ?? strings.chat.failed, error?.hint ?? null);
  return (
    <ProblemNote error={problem} className="mt-3">
      <Button onClick={() => onRegenerate(message)}>{strings.tryAgain}</Button>
    </ProblemNote>
  );
}

export const Answer = memo(function Answer({ message, onRegenerate }: Props) {
  const { content, citations, status } = message;
  return (
    <article aria-label={strings.chat.answerBy(modelName(message.model_used ?? message.model))} className="group pb-5">
      <Reasoning text={message.reasoning ?? ''} />
      {content === '' ? null : <AnswerText text={content} writing={false} citations={citations} />}
      {status === 'failed' ? <Failure message={message} onRegenerate={onRegenerate} /> : null}
      {status === 'stopped' ? <p className="mt-3 text-2 text-ink-3">{strings.chat.stopped}</p> : null}
      <Sources citations={citations} />
      <AnswerActions message={message} onRegenerate={onRegenerate} />
    </article>
  );
});

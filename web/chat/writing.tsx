// An answer while it is being written. Its text is not read out word by word; that it began and ended is.

import { strings } from '../strings.ts';
import { AnswerText } from './answer-text.tsx';
import type { LiveAnswer } from './live-answer.ts';
import { Reasoning } from './reasoning.tsx';
import { Sources } from './sources.tsx';

export function Writing({ text, live }: { text: string; live: LiveAnswer }) {
  const settling = live.phase === 'settling';
  return (
    <article aria-busy={!settling} className="pb-5">
      <Reasoning text={live.reasoning} />
      {text === '' ? (
        <p className="pulse text-4 text-ink-3">{strings.chat.thinking}</p>
      ) : (
        <AnswerText text={text} writing={!settling} citations={live.citations} />
      )}
      {live.phase === 'reconnecting' ? <p className="mt-3 text-2 text-warn">{strings.chat.reconnecting}</p> : null}
      {settling ? <Sources citations={live.citations} /> : null}
      <div className="h-10" />
    </article>
  );
}

// The text of an answer: plain until the code that renders Markdown is there, which is fetched for the first answer.

import { lazy, memo, Suspense } from 'react';
import type { Citation } from '../api/messages.ts';

const Markdown = lazy(() => import('./markdown.tsx').then((module) => ({ default: module.Markdown })));

type Props = { text: string; writing: boolean; citations: Citation[] };

export const AnswerText = memo(function AnswerText({ text, writing, citations }: Props) {
  return (
    <Suspense fallback={<div className="text-4 whitespace-pre-wrap">{text}</div>}>
      <Markdown text={text} writing={writing} citations={citations} />
    </Suspense>
  );
});

// What a model thought before it answered, folded away.

import { strings } from '../strings.ts';

export function Reasoning({ text }: { text: string }) {
  if (text.trim() === '') return null;
  return (
    <details className="mb-3 text-3 text-ink-2">
      <summary className="w-max cursor-pointer text-2 text-ink-3 hover:text-ink">{strings.chat.reasoning}</summary>
      <p dir="auto" className="mt-2 border-s-2 border-line-strong ps-4 whitespace-pre-wrap">
        {text.trim()}
      </p>
    </details>
  );
}

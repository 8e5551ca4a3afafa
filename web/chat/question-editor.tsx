// Editing what was asked. Sending makes another version beside the old one; nothing is lost.

import { useEffect, useRef, useState } from 'react';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';

type Props = { content: string; onCancel: () => void; onSend: (text: string) => void };

export function QuestionEditor({ content, onCancel, onSend }: Props) {
  const [text, setText] = useState(content);
  const field = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(-1, -1);
    // The list measures the editor first; then it is brought into view.
    const timer = setTimeout(() => box.current?.scrollIntoView({ block: 'nearest' }), 50);
    return () => clearTimeout(timer);
  }, []);
  const send = (): void => {
    const trimmed = text.trim();
    if (trimmed !== '') onSend(trimmed);
  };
  return (
    <div ref={box} className="mb-4 scroll-my-4 rounded-3 border border-control bg-surface p-3">
      <textarea
        ref={field}
        dir="auto"
        aria-label={strings.chat.editLabel}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Escape') {
            event.stopPropagation();
            onCancel();
          }
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            send();
          }
        }}
        className="max-h-composer w-full field-sizing-content resize-none bg-transparent px-1 text-4/6 outline-none"
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button onClick={onCancel}>{strings.cancel}</Button>
        <Button tone="primary" disabled={text.trim() === ''} onClick={send}>
          {strings.chat.send}
        </Button>
      </div>
    </div>
  );
}

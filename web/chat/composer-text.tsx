// The text field of the composer: grows to twelve lines, then scrolls.

import { type ClipboardEvent, type KeyboardEvent, type RefObject, useEffect, useLayoutEffect } from 'react';
import { strings } from '../strings.ts';
import type { Completion } from './use-completion.tsx';

const growsByItself = CSS.supports('field-sizing', 'content');

type Props = {
  field: RefObject<HTMLTextAreaElement | null>;
  id: string;
  value: string;
  placeholder: string;
  completion: Completion;
  onChange: (value: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onPaste: (event: ClipboardEvent) => void;
};

export function ComposerText({ field, id, value, placeholder, completion, onChange, onKeyDown, onPaste }: Props) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    if (growsByItself || !field.current) return;
    field.current.style.height = 'auto';
    field.current.style.height = `${field.current.scrollHeight}px`;
  }, [value, field]);
  useEffect(() => {
    // Where a keyboard would cover the page, the field waits to be asked for.
    if (matchMedia('(hover: hover)').matches) field.current?.focus({ preventScroll: true });
  }, [field]);
  const open = completion.choices.length > 0;
  return (
    <textarea
      ref={field}
      id={id}
      dir="auto"
      rows={1}
      value={value}
      placeholder={placeholder}
      aria-label={strings.composer.label}
      aria-autocomplete="list"
      aria-controls={open ? completion.state.listId : undefined}
      aria-activedescendant={open ? completion.state.activeId : undefined}
      onChange={(event) => {
        onChange(event.target.value);
        completion.onCaret();
      }}
      onSelect={completion.onCaret}
      onBlur={completion.onBlur}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      className="block max-h-composer w-full field-sizing-content resize-none bg-transparent px-4.5 pt-3.5 pb-2 text-4/6 text-ink outline-none"
    />
  );
}

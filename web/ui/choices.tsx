// A list to choose from while the focus stays in a text field: arrows move, Enter chooses. Groups have headings.

import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { cx } from './class-names.ts';

export type Choice = {
  key: string;
  group?: string;
  label: ReactNode;
  name: string;
  choose: () => void;
  selected?: boolean;
};

export type Choices = {
  listId: string;
  optionId: (index: number) => string;
  active: number;
  activeId: string | undefined;
  setActive: (index: number) => void;
  onKeyDown: (event: KeyboardEvent) => boolean;
};

/** Keeps which choice is active. `onKeyDown` answers whether it used the key. */
export function useChoices(choices: Choice[], keys: { tab?: boolean } = {}): Choices {
  const id = useId();
  const [wanted, setActive] = useState(0);
  const active = Math.min(wanted, choices.length - 1);
  const identity = choices.map((choice) => choice.key).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a list of other choices starts at its own chosen one again
  useEffect(
    () =>
      setActive(
        Math.max(
          0,
          choices.findIndex((choice) => choice.selected),
        ),
      ),
    [identity],
  );
  const optionId = (index: number): string => `${id}-${index}`;
  return {
    listId: id,
    optionId,
    active,
    activeId: choices.length > 0 ? optionId(active) : undefined,
    setActive,
    onKeyDown: (event) => {
      if (choices.length === 0 || event.nativeEvent.isComposing) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const chooses = event.key === 'Enter' || (keys.tab === true && event.key === 'Tab' && !event.shiftKey);
      if (step !== undefined) setActive((active + step + choices.length) % choices.length);
      else if (chooses) choices[active]?.choose();
      else return false;
      event.preventDefault();
      return true;
    },
  };
}

type ListProps = { choices: Choice[]; state: Choices; label: string; className?: string };

export function ChoiceList({ choices, state, label, className }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (state.activeId) document.getElementById(state.activeId)?.scrollIntoView({ block: 'nearest' });
  }, [state.activeId]);
  return (
    <div
      ref={list}
      role="listbox"
      id={state.listId}
      aria-label={label}
      className={cx('overflow-y-auto p-1', className)}
      tabIndex={-1}
    >
      {choices.map((choice, index) => (
        <div key={choice.key} role="presentation">
          {choice.group && choice.group !== choices[index - 1]?.group ? (
            <div role="presentation" className="px-2 pt-3 pb-1 text-1 font-semibold text-ink-3">
              {choice.group}
            </div>
          ) : null}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: the text field that owns the list takes the keys */}
          <div
            role="option"
            id={state.optionId(index)}
            tabIndex={-1}
            aria-selected={index === state.active}
            aria-label={choice.group ? `${choice.name}, ${choice.group}` : choice.name}
            onPointerMove={() => state.setActive(index)}
            onPointerDown={(event) => event.preventDefault()}
            onClick={choice.choose}
            className={cx(
              'cursor-pointer rounded-1 px-2 py-1.5 text-3',
              index === state.active ? 'bg-hover text-ink' : 'text-ink-2',
            )}
          >
            {choice.label}
          </div>
        </div>
      ))}
    </div>
  );
}

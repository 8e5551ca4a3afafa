// A list to choose from while the focus stays in a text field: arrows move, Enter chooses. Groups have headings.

import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { cx } from './class-names.ts';

export type Choice = { key: string; group?: string; label: ReactNode; choose: () => void; selected?: boolean };

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

function Option({ choice, index, state }: { choice: Choice; index: number; state: Choices }) {
  const active = index === state.active;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the text field that owns the list takes the keys
    <div
      role="option"
      id={state.optionId(index)}
      tabIndex={-1}
      aria-selected={active}
      onPointerMove={() => state.setActive(index)}
      onPointerDown={(event) => event.preventDefault()}
      onClick={choice.choose}
      className={cx('cursor-pointer rounded-1 px-2 py-1.5 text-3', active ? 'bg-hover text-ink' : 'text-ink-2')}
    >
      {choice.label}
    </div>
  );
}

/** Runs of choices with the same heading, each with the index of its first. */
function groupsOf(choices: Choice[]): { name: string | undefined; from: number; choices: Choice[] }[] {
  const groups: { name: string | undefined; from: number; choices: Choice[] }[] = [];
  for (const [index, choice] of choices.entries()) {
    const last = groups.at(-1);
    if (last && last.name === choice.group) last.choices.push(choice);
    else groups.push({ name: choice.group, from: index, choices: [choice] });
  }
  return groups;
}

export function ChoiceList({ choices, state, label, className }: ListProps) {
  useEffect(() => {
    if (state.activeId) document.getElementById(state.activeId)?.scrollIntoView({ block: 'nearest' });
  }, [state.activeId]);
  return (
    <div
      role="listbox"
      id={state.listId}
      aria-label={label}
      className={cx('overflow-y-auto p-1', className)}
      tabIndex={-1}
    >
      {groupsOf(choices).map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset has no place in a listbox
        <div key={group.from} role="group" aria-label={group.name ?? label}>
          {group.name ? (
            <div aria-hidden className="px-2 pt-3 pb-1 text-1 font-semibold text-ink-3">
              {group.name}
            </div>
          ) : null}
          {group.choices.map((choice, index) => (
            <Option key={choice.key} choice={choice} index={group.from + index} state={state} />
          ))}
        </div>
      ))}
    </div>
  );
}

// Every model that can answer, by provider, with its size, price and abilities. Typing narrows the list.

import { Check, Search } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type RefObject, useState } from 'react';
import type { Model } from '../api/models.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { type Choice, ChoiceList, useChoices } from '../ui/choices.tsx';
import { formatCompact, formatMoney } from '../ui/format.ts';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { useModels } from './use-models.ts';

const words = strings.models;

export function priceOf(model: Model): string {
  const { input_price_per_million: input, output_price_per_million: output } = model;
  if (input === null || output === null) return words.unpriced;
  if (Number(input) === 0 && Number(output) === 0) return words.free;
  return words.price(formatMoney(input), formatMoney(output));
}

function ModelLine({ model, chosen }: { model: Model; chosen: boolean }) {
  const facts = [model.context_window ? words.context(formatCompact(model.context_window)) : null, priceOf(model)];
  return (
    <span className="flex items-center gap-2">
      <span className="min-w-0 grow">
        <span className="flex items-center gap-1.5">
          <span className="truncate font-medium text-ink">{model.display_name || model.name}</span>
          {model.capabilities.map((name) => (
            <span key={name} className="shrink-0 rounded-0 border border-line px-1 text-0 text-ink-2">
              {name}
            </span>
          ))}
        </span>
        <span className="block truncate text-1 text-ink-3 tabular-nums">{facts.filter(Boolean).join(' · ')}</span>
      </span>
      {chosen ? <Check aria-hidden size={16} className="shrink-0 text-accent" /> : null}
    </span>
  );
}

type Props = {
  anchor: RefObject<HTMLButtonElement | null>;
  model: string | null;
  onModel: (id: string) => void;
  onClose: () => void;
};

export function ModelPicker({ anchor, model, onModel, onClose }: Props) {
  const [text, setText] = useState('');
  const models = useModels();
  const search = text.trim().toLowerCase();
  const choices: Choice[] = (models.data ?? [])
    .filter((each) => `${each.id} ${each.display_name}`.toLowerCase().includes(search))
    .map((each) => ({
      key: each.id,
      group: each.built_in ? words.builtInGroup : each.provider,
      selected: each.id === model,
      label: <ModelLine model={each} chosen={each.id === model} />,
      choose: () => {
        onModel(each.id);
        onClose();
      },
    }));
  const state = useChoices(choices);
  return (
    <Popover.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Popover.Anchor
        virtualRef={{
          current: { getBoundingClientRect: () => anchor.current?.getBoundingClientRect() ?? new DOMRect() },
        }}
      />
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label={words.title}
          onInteractOutside={(event) => {
            if (event.target instanceof Node && anchor.current?.contains(event.target)) event.preventDefault();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            anchor.current?.focus();
          }}
          className="arrive z-50 flex max-h-dialog-height w-picker max-w-drawer flex-col rounded-2 border border-line bg-surface shadow-float outline-none"
        >
          <div className="flex items-center gap-2 border-b border-line px-3">
            <Search aria-hidden size={15} strokeWidth={1.75} className="shrink-0 text-ink-3" />
            <input
              role="combobox"
              aria-expanded={choices.length > 0}
              aria-controls={state.listId}
              aria-activedescendant={state.activeId}
              aria-label={words.find}
              placeholder={words.find}
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={state.onKeyDown}
              className="h-10 w-full bg-transparent text-3 outline-none"
            />
          </div>
          {models.isPending ? (
            <Loading className="flex flex-col gap-3 p-4">
              <Skeleton className="w-40" />
              <Skeleton className="w-32" />
            </Loading>
          ) : null}
          {models.error ? (
            <ProblemNote error={models.error} className="m-2">
              <Button onClick={() => void models.refetch()}>{strings.tryAgain}</Button>
            </ProblemNote>
          ) : null}
          <ChoiceList choices={choices} state={state} label={words.title} className="min-h-0" />
          {models.data && choices.length === 0 ? <p className="px-3 pb-3 text-3 text-ink-2">{words.none}</p> : null}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

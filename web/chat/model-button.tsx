// Says which model will answer, and opens the picker; the picker's code comes when it is wanted.

import { ChevronDown } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';
import { strings } from '../strings.ts';
import { modelName } from './model-name.ts';

const load = () => import('./model-picker.tsx');
const ModelPicker = lazy(() => load().then((module) => ({ default: module.ModelPicker })));

export function ModelButton({ model, onModel }: { model: string | null; onModel: (id: string) => void }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const name = modelName(model);
  return (
    <>
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={strings.models.choose(name)}
        onPointerEnter={() => void load()}
        onClick={() => setOpen(!open)}
        className="flex h-7.5 min-w-0 items-center gap-1.5 rounded-full px-2.75 text-2 font-medium text-ink-2 hover:bg-hover hover:text-ink"
      >
        <span className="truncate">{name}</span>
        <ChevronDown aria-hidden size={14} strokeWidth={1.75} className="shrink-0" />
      </button>
      {open ? (
        <Suspense>
          <ModelPicker anchor={button} model={model} onModel={onModel} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}

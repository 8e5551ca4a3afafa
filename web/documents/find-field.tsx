// The field that narrows the list of documents by name.

import { Search } from 'lucide-react';
import { strings } from '../strings.ts';
import { cx } from '../ui/class-names.ts';
import { inputClass } from '../ui/field.tsx';

export function FindField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <div className="relative w-full wide:w-picker">
      <Search
        aria-hidden
        size={16}
        strokeWidth={1.75}
        className="pointer-events-none absolute start-2.5 top-2.25 text-ink-3"
      />
      <input
        type="search"
        aria-label={strings.documents.find}
        placeholder={strings.documents.find}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={cx(inputClass, 'ps-8.5')}
      />
    </div>
  );
}

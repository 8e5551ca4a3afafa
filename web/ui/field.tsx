// A labelled text field with its hint and its error; the error is announced when it appears.

import { type ComponentProps, type ReactNode, useId } from 'react';
import { cx } from './class-names.ts';

export const inputClass =
  'h-8.5 w-full rounded-1 border border-control bg-surface px-3 text-3 text-ink outline-offset-0 focus-visible:outline-2 focus-visible:outline-accent';

type FieldProps = ComponentProps<'input'> & { label: string; hint?: ReactNode; problem?: string | null };

export function Field({ label, hint, problem, className, ...rest }: FieldProps) {
  const id = useId();
  const described = cx(problem && `${id}-problem`, hint ? `${id}-hint` : null);
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-2 font-semibold text-ink-2">
        {label}
      </label>
      <input
        id={id}
        className={cx(inputClass, 'read-only:bg-sunken', problem && 'border-bad', className)}
        aria-invalid={problem ? true : undefined}
        aria-describedby={described === '' ? undefined : described}
        {...rest}
      />
      {problem ? (
        <p id={`${id}-problem`} role="alert" className="text-2 text-bad">
          {problem}
        </p>
      ) : null}
      {hint ? (
        <p id={`${id}-hint`} className="text-1 text-ink-3">
          {hint}
        </p>
      ) : null}
    </div>
  );
}

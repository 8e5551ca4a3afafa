// Buttons: primary for the one thing to do, plain beside it, quiet in a row of tools, danger for what cannot be undone.

import type { LucideIcon } from 'lucide-react';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './class-names.ts';

type Tone = 'primary' | 'plain' | 'quiet' | 'danger';

const tones: Record<Tone, string> = {
  primary: 'bg-accent text-accent-ink hover:opacity-90',
  plain: 'border border-control bg-surface text-ink hover:bg-hover',
  quiet: 'text-ink-2 hover:bg-hover hover:text-ink',
  danger: 'border border-bad text-bad hover:bg-bad-soft',
};

export const buttonClass = (tone: Tone): string =>
  cx(
    'inline-flex h-8.5 items-center justify-center gap-2 rounded-1 px-3.5 text-3 font-semibold transition-colors',
    'disabled:pointer-events-none disabled:opacity-50',
    tones[tone],
  );

type ButtonProps = ComponentProps<'button'> & { tone?: Tone; icon?: LucideIcon; children: ReactNode };

export function Button({ tone = 'plain', icon: Icon, children, className, ...rest }: ButtonProps) {
  return (
    <button type="button" className={cx(buttonClass(tone), className)} {...rest}>
      {Icon ? <Icon aria-hidden size={16} strokeWidth={1.75} /> : null}
      {children}
    </button>
  );
}

type IconButtonProps = ComponentProps<'button'> & {
  label: string;
  icon: LucideIcon;
  active?: boolean;
  small?: boolean;
};

export function IconButton({ label, icon: Icon, active = false, small = false, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cx(
        'inline-flex shrink-0 items-center justify-center rounded-1 transition-colors hover:bg-hover hover:text-ink',
        'disabled:pointer-events-none disabled:opacity-50',
        small ? 'size-6' : 'size-8',
        active ? 'text-accent' : 'text-ink-3',
        className,
      )}
      {...rest}
    >
      <Icon
        aria-hidden
        size={small ? 14 : 16}
        strokeWidth={1.75}
        fill={active ? 'currentColor' : 'none'}
        fillOpacity={0.2}
      />
    </button>
  );
}

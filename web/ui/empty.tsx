// An empty place that says what to do about it.

import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

type Props = { icon: LucideIcon; title: string; text: string; children?: ReactNode };

export function Empty({ icon: Icon, title, text, children }: Props) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      <Icon aria-hidden size={24} strokeWidth={1.5} className="text-ink-3" />
      <h2 className="text-4 font-semibold text-ink">{title}</h2>
      <p className="max-w-form text-3 text-ink-2">{text}</p>
      {children ? <div className="mt-3 flex gap-2">{children}</div> : null}
    </div>
  );
}

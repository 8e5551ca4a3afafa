// A part of the settings: a heading, a sentence, and what it holds.

import type { ReactNode } from 'react';

export function Section({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <section className="mb-10">
      <h2 className="text-4/6 font-semibold">{title}</h2>
      {lead ? <p className="mt-1 max-w-lead text-3 text-ink-2">{lead}</p> : null}
      <div className="mt-4">{children}</div>
    </section>
  );
}

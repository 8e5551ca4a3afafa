// What happened, why, and what to do next; the request id behind a detail.

import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { asProblem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { cx } from './class-names.ts';

type Props = { error: unknown; children?: ReactNode; className?: string };

export function ProblemNote({ error, children, className }: Props) {
  const problem = asProblem(error);
  return (
    <div role="alert" className={cx('rounded-2 border border-line bg-bad-soft px-4 py-3 text-3', className)}>
      <p className="flex gap-2 font-semibold text-bad">
        <CircleAlert aria-hidden size={16} strokeWidth={1.75} className="mt-0.5 shrink-0" />
        {problem.message}
      </p>
      {problem.hint ? <p className="mt-1 ps-6 text-ink-2">{problem.hint}</p> : null}
      {children ? <div className="mt-3 flex flex-wrap gap-2 ps-6">{children}</div> : null}
      {problem.requestId ? (
        <details className="mt-2 ps-6 text-1 text-ink-2">
          <summary className="cursor-pointer">{strings.problems.detail}</summary>
          <code className="font-mono break-all">
            {problem.code} · {problem.requestId}
          </code>
        </details>
      ) : null}
    </div>
  );
}

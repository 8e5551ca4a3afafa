// What is shown when an address leads nowhere, or when a page broke.

import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { Problem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';

export function NotFound() {
  return (
    <main className="flex h-full items-center justify-center">
      <h1 className="sr-only">{strings.loam}</h1>
      <Empty icon={Compass} title={strings.notFound.title} text={strings.notFound.text}>
        <Link to="/" className={buttonClass('primary')}>
          {strings.notFound.home}
        </Link>
      </Empty>
    </main>
  );
}

export function Crashed({ error }: { error: unknown }) {
  const hint = error instanceof Error ? error.message : null;
  const problem = error instanceof Problem ? error : new Problem(0, 'page_crashed', strings.problems.crashed, hint);
  return (
    <main className="flex h-full items-center justify-center p-4">
      <ProblemNote error={problem} className="max-w-dialog">
        <Button onClick={() => location.reload()}>{strings.tryAgain}</Button>
      </ProblemNote>
    </main>
  );
}

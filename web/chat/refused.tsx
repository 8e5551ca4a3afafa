// A message that the server did not take: why, and the way to send it again.

import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import type { LiveAnswer } from './live-answer.ts';

export function Refused({ live }: { live: LiveAnswer }) {
  return (
    <ProblemNote error={live.problem} className="mb-4">
      {live.retry ? <Button onClick={live.retry}>{strings.tryAgain}</Button> : null}
      {live.dismiss ? (
        <Button tone="quiet" onClick={live.dismiss}>
          {strings.chat.takeBack}
        </Button>
      ) : null}
    </ProblemNote>
  );
}

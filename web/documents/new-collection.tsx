// Makes a collection: it needs only a name.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { makeCollection } from '../api/collections.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';

export function NewCollection({ onDone }: { onDone: (id: string | null) => void }) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<unknown>(null);
  const make = async (name: string): Promise<void> => {
    try {
      const made = await makeCollection(name);
      await client.invalidateQueries({ queryKey: ['collections'] });
      onDone(made.id);
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <Dialog title={strings.documents.newCollection} onClose={() => onDone(null)}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void make(String(new FormData(event.currentTarget).get('name') ?? '').trim());
        }}
      >
        {problem ? <ProblemNote error={problem} /> : null}
        <Field label={strings.documents.collectionName} name="name" maxLength={80} required />
        <div className="flex justify-end gap-2">
          <Button onClick={() => onDone(null)}>{strings.cancel}</Button>
          <Button tone="primary" type="submit">
            {strings.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

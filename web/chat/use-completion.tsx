// Completion in the composer: `#` offers documents to take along, `@` offers models to answer.

import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, type RefObject, useState } from 'react';
import { listDocuments } from '../api/documents.ts';
import { attachDocument } from '../documents/uploads.ts';
import { strings } from '../strings.ts';
import { type Choice, type Choices, useChoices } from '../ui/choices.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { type Token, tokenAt } from './token-at.ts';
import { useModels } from './use-models.ts';

export type Completion = {
  choices: Choice[];
  state: Choices;
  label: string;
  onCaret: () => void;
  onBlur: () => void;
  onKeyDown: (event: KeyboardEvent) => boolean;
};

type Input = {
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  write: (text: string) => void;
  owner: string;
  onModel: (id: string) => void;
};

export function useCompletion({ field, text, write, owner, onModel }: Input): Completion {
  const [token, setToken] = useState<Token | null>(null);
  const wanted = useSettled(token?.sign === '#' ? token.text : '');
  const documents = useQuery({
    queryKey: ['complete-documents', wanted],
    queryFn: () => listDocuments({ q: wanted }, null, 8),
    enabled: token?.sign === '#',
    staleTime: 0,
    gcTime: 0,
  });
  const models = useModels(token?.sign === '@');

  const take = (act: () => void): void => {
    if (token) write(text.slice(0, token.start) + text.slice(token.end));
    setToken(null);
    act();
    field.current?.focus();
  };
  const choices: Choice[] = [];
  if (token?.sign === '#') {
    for (const document of documents.data?.data ?? []) {
      const name = document.original_name;
      choices.push({ key: document.id, label: name, choose: () => take(() => attachDocument(owner, document)) });
    }
  }
  if (token?.sign === '@') {
    const search = token.text.toLowerCase();
    for (const model of models.data ?? []) {
      if (!`${model.id} ${model.display_name}`.toLowerCase().includes(search)) continue;
      choices.push({
        key: model.id,
        group: model.provider,
        label: model.display_name || model.name,
        choose: () => take(() => onModel(model.id)),
      });
    }
  }
  const state = useChoices(choices, { tab: true });
  return {
    choices,
    state,
    label: token?.sign === '@' ? strings.composer.suggestModels : strings.composer.suggestDocuments,
    onCaret: () => {
      const at = field.current;
      setToken(at && at.selectionStart === at.selectionEnd ? tokenAt(at.value, at.selectionStart) : null);
    },
    onBlur: () => setToken(null),
    onKeyDown: (event) => {
      if (event.key === 'Escape' && choices.length > 0) {
        event.preventDefault();
        event.stopPropagation();
        setToken(null);
        return true;
      }
      return state.onKeyDown(event);
    },
  };
}

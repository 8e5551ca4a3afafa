// Search over everything the person has: titles of chats and passages of documents. Opened by its key from anywhere.

import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FileText, MessageSquare, Search } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { listConversations } from '../api/conversations.ts';
import { asProblem } from '../api/problem.ts';
import { search } from '../api/search.ts';
import { placeOf } from '../documents/place.ts';
import { lastUsed } from '../frame/by-day.ts';
import { overlay } from '../frame/sidebar-state.ts';
import { strings } from '../strings.ts';
import { type Choice, ChoiceList, useChoices } from '../ui/choices.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { formatDay } from '../ui/format.ts';
import { useSettled } from '../ui/use-settled.ts';

const words = strings.search;
const close = (): void => overlay.set(null);

function Line({ icon: Icon, title, detail }: { icon: typeof Search; title: string; detail: string }) {
  return (
    <span className="flex items-start gap-2.5">
      <Icon aria-hidden size={16} strokeWidth={1.75} className="mt-0.5 shrink-0 text-ink-3" />
      <span className="min-w-0 grow">
        <span className="block truncate text-ink">{title}</span>
        <span className="line-clamp-2 text-2 text-ink-3">{detail}</span>
      </span>
    </span>
  );
}

function useResults(q: string): { choices: Choice[]; problem: string | null; settled: boolean } {
  const navigate = useNavigate();
  const chats = useQuery({
    queryKey: ['search-chats', q],
    queryFn: () => listConversations({ q, limit: q === '' ? 8 : 12 }),
    gcTime: 0,
    staleTime: 0,
  });
  const passages = useQuery({
    queryKey: ['search-passages', q],
    queryFn: ({ signal }) => search(q, signal),
    enabled: q !== '',
    gcTime: 0,
    staleTime: 0,
  });
  const found: Choice[] = (chats.data?.data ?? []).map((row) => ({
    key: row.id,
    group: q === '' ? words.recent : words.chats,
    label: (
      <Line icon={MessageSquare} title={row.title ?? strings.history.untitled} detail={formatDay(lastUsed(row))} />
    ),
    choose: () => {
      close();
      void navigate({ to: '/c/$conversationId', params: { conversationId: row.id } });
    },
  }));
  for (const [index, hit] of (passages.data ?? []).entries()) {
    const { document_id } = hit;
    if (document_id === null) continue;
    const name = hit.document_name ?? hit.title;
    const title = hit.page_number ? `${name} · ${strings.chat.page(hit.page_number)}` : name;
    found.push({
      key: `passage ${index} ${document_id}`,
      group: words.passages,
      label: <Line icon={FileText} title={title} detail={hit.passage ?? ''} />,
      choose: () => {
        close();
        const { document, ...place } = placeOf({ ...hit, document_id });
        void navigate({ to: '/documents/$documentId', params: { documentId: document }, search: place });
      },
    });
  }
  const failed = chats.error ?? passages.error;
  return {
    choices: found,
    problem: failed ? asProblem(failed).message : null,
    settled: chats.isSuccess && (q === '' || passages.isSuccess),
  };
}

export function SearchDialog() {
  const [text, setText] = useState('');
  const q = useSettled(useDeferredValue(text.trim()));
  const { choices, problem, settled } = useResults(q);
  const state = useChoices(choices);
  return (
    <Dialog title={words.title} place="top" onClose={close}>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search aria-hidden size={16} strokeWidth={1.75} className="shrink-0 text-ink-3" />
        <input
          role="combobox"
          aria-expanded={choices.length > 0}
          aria-controls={state.listId}
          aria-activedescendant={state.activeId}
          aria-label={words.placeholder}
          placeholder={words.placeholder}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={state.onKeyDown}
          className="h-12 w-full bg-transparent text-4 outline-none"
        />
      </div>
      <ChoiceList choices={choices} state={state} label={words.results} className="min-h-0 grow pb-2" />
      <p role="status" className="px-4 pb-4 text-3 text-ink-2 empty:hidden">
        {problem ?? (settled && choices.length === 0 ? (q === '' ? words.noChats : words.none(q)) : '')}
      </p>
    </Dialog>
  );
}

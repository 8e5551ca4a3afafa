// What has been typed and not sent, one text a conversation, kept in this browser.

import { makeStore, useStore } from '../ui/store.ts';

const key = (conversationId: string | null): string => `loam.draft.${conversationId ?? 'new'}`;
const shown = makeStore<ReadonlyMap<string, string>>(new Map());

export const readDraft = (conversationId: string | null): string => localStorage.getItem(key(conversationId)) ?? '';

/** Keeps a text for the next visit, without showing it now. */
export function keepDraft(conversationId: string | null, text: string): void {
  try {
    if (text.trim() === '') localStorage.removeItem(key(conversationId));
    else localStorage.setItem(key(conversationId), text);
  } catch {
    // A full or forbidden storage costs the draft, not the typing.
  }
}

/** Keeps a text and shows it in the composer. */
export function writeDraft(conversationId: string | null, text: string): void {
  keepDraft(conversationId, text);
  shown.set(new Map(shown.get()).set(key(conversationId), text));
}

export const useDraft = (conversationId: string | null): string =>
  useStore(shown).get(key(conversationId)) ?? readDraft(conversationId);

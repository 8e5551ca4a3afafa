// What has been typed and not sent, one text a conversation, kept in this browser.

const key = (conversationId: string | null): string => `loam.draft.${conversationId ?? 'new'}`;

export const readDraft = (conversationId: string | null): string => localStorage.getItem(key(conversationId)) ?? '';

export function keepDraft(conversationId: string | null, text: string): void {
  try {
    if (text.trim() === '') localStorage.removeItem(key(conversationId));
    else localStorage.setItem(key(conversationId), text);
  } catch {
    // A full or forbidden storage costs the draft, not the typing.
  }
}

// Chats under the days they were last used on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conversation } from '../api/conversations.ts';
import { groupByDay } from './by-day.ts';

const now = new Date(2026, 10, 20, 9, 0);
const at = (...date: [number, number, number, number?]): Conversation => {
  const iso = new Date(...date).toISOString();
  return {
    id: iso,
    title: null,
    model_provider: null,
    model_name: null,
    document_chat: true,
    created_at: iso,
    updated_at: iso,
    last_message_at: iso,
  };
};

test('by the calendar, not by hours: late yesterday is yesterday', () => {
  const items = groupByDay(
    [at(2026, 10, 20, 1), at(2026, 10, 19, 23), at(2026, 10, 18), at(2026, 10, 13), at(2026, 10, 1), at(2026, 7, 2)],
    now,
  );
  const headings = items.flatMap((item) => (item.kind === 'heading' ? [item.label] : []));
  assert.equal(headings.length, 5);
  assert.deepEqual(headings.slice(2, 4), ['Previous 7 days', 'Previous 30 days']);
  assert.equal(items.filter((item) => item.kind === 'row').length, 6);
});

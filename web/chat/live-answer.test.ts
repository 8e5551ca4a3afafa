// The parts of an answer's stream, what may be shown of it, and how it lies over the known path.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../api/messages.ts';
import { messageRow } from '../testing/rows.ts';
import { entriesOf } from './entries.ts';
import { addPart, begun, type LiveAnswer, type Writing, wholeWords } from './live-answer.ts';

const play = (from: LiveAnswer, ...parts: unknown[]): Writing =>
  parts.reduce<Writing>((state, part) => addPart(state, JSON.stringify(part)), { answer: from, ending: null });

const asked: LiveAnswer = { ...begun, question: { id: null, content: 'Why?', attachments: [] } };

test('a stream becomes an answer, and parts that are not known change nothing', () => {
  const { answer, ending } = play(
    asked,
    { type: 'start', messageId: 'm2', messageMetadata: { user_message_id: 'm1' } },
    { type: 'start-step' },
    { type: 'something-new', text: 'x' },
    { type: 'text-delta', id: 't', delta: 'Be' },
    { type: 'text-delta', id: 't', delta: 'cause.' },
    { type: 'finish' },
  );
  assert.equal(answer.text, 'Because.');
  assert.equal(answer.messageId, 'm2');
  assert.equal(answer.question?.id, 'm1');
  assert.equal(ending, 'finish');
  assert.equal(addPart({ answer, ending: null }, '[DONE]').ending, null, 'a body that ends without a word was cut off');
});

test('an answer that fails or is stopped says so', () => {
  assert.equal(play(asked, { type: 'error', errorText: 'no' }).ending, 'error');
  assert.equal(play(asked, { type: 'abort' }).ending, 'abort');
});

test('a text that is arriving is shown in whole words', () => {
  assert.equal(wholeWords('Seven yea'), 'Seven ');
  assert.equal(wholeWords('Seven years '), 'Seven years ');
  assert.equal(wholeWords('Sev'), '');
  assert.equal(wholeWords('one\ntw'), 'one\n');
});

const message = (id: string, role: Message['role'], content: string): Message =>
  messageRow({ id, conversation_id: 'c', role, content });
const path = [
  message('q1', 'user', 'One'),
  message('a1', 'assistant', '1'),
  message('q2', 'user', 'Two'),
  message('a2', 'assistant', '2'),
];
const keys = (live: LiveAnswer | null): string =>
  entriesOf(path, live)
    .map((entry) => entry.key)
    .join(' ');

test('a turn stands after the path, or instead of what it replaces', () => {
  assert.equal(keys(null), 'q1 a1 q2 a2');
  assert.equal(keys({ ...asked }), 'q1 a1 q2 a2 asking writing');
  assert.equal(keys({ ...begun, replaces: 'a2', messageId: 'a3' }), 'q1 a1 q2 a3');
  assert.equal(keys({ ...asked, replaces: 'q2' }), 'q1 a1 asking writing');
  assert.equal(keys({ ...asked, phase: 'refused' }), 'q1 a1 q2 a2 asking refused');
});

test('a turn that the path knows by now is not shown twice', () => {
  assert.equal(
    keys({ ...asked, question: { id: 'q2', content: 'Two', attachments: [] }, messageId: 'a2' }),
    'q1 a1 q2 a2',
  );
});

// The chat page before a provider that does what the test says: streaming, stopping, leaving and coming back, versions of
// questions and answers, answers that die half-way, and messages that are refused.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type MockOpenai, openMockOpenai, replyStream, scriptedStream } from '../../server/testing/mock-openai.ts';
import { type House, makeSession, openHouse, openView, skip, type View } from './browser.ts';

let upstream: MockOpenai;
let house: House;
let view: View;
let page: Page;

before(async () => {
  if (skip) return;
  upstream = await openMockOpenai();
  house = await openHouse({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: upstream.url });
  view = await openView(house, { session: await makeSession(house.server, 'mira@example.com', 'Mira') });
  page = view.page;
});
after(async () => {
  await house?.close();
  await upstream?.close();
});

const composer = () => page.getByRole('textbox', { name: 'Message', exact: true });
const stop = () => page.getByRole('button', { name: 'Stop the answer' });
const messages = () => page.getByRole('region', { name: 'Messages' });

/** While the last answer settles, the composer takes no question. */
async function ask(text: string): Promise<void> {
  await stop().waitFor({ state: 'detached' });
  await composer().fill(text);
  await composer().press('Enter');
}

test('an answer is written as Markdown while it arrives, and the model, tokens and cost stand under it', {
  skip,
}, async () => {
  const script = scriptedStream();
  upstream.once('/chat/completions', script.reply);
  await page.goto('/');
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.getByRole('combobox', { name: 'Find a model' }).fill('4o-mini');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Documents', exact: true }).click();
  await ask('Say something');
  await script.started;
  script.say('A **bold** word and ');
  await messages().locator('strong', { hasText: 'bold' }).waitFor();
  await stop().waitFor();
  script.say('a table:\n\n| a | b |\n| - | -: |\n| 1 | 2 |\n\n```ts\nconst a = 1;\n```\n\n$$E = mc^2$$\n');
  script.finish();
  await page.getByRole('button', { name: 'Good answer' }).waitFor();
  await messages().getByRole('table').waitFor();
  await messages().locator('.katex').first().waitFor();
  await messages().locator('.code-block span[style*="--code-keyword"]').first().waitFor();
  await page.getByRole('button', { name: 'Copy code' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'const a = 1;');
  await page.getByRole('button', { name: /gpt-4o-mini.* · 18 tokens/ }).waitFor();
});

test('Escape stops, and what was written stays', { skip }, async () => {
  const script = scriptedStream();
  upstream.once('/chat/completions', script.reply);
  await ask('Go on for long');
  await script.started;
  script.say('It began like this ');
  await messages().getByText('It began like this').waitFor();
  await page.keyboard.press('Escape');
  await messages().getByText('You stopped this answer.').waitFor();
  await script.closed;
  await messages().getByText('It began like this').waitFor();
});

test('an answer goes on while the page is away, and a reload takes it up again', { skip }, async () => {
  const script = scriptedStream();
  upstream.once('/chat/completions', script.reply);
  await ask('Take your time');
  await script.started;
  script.say('First half, ');
  await messages().getByText('First half,').waitFor();
  await composer().fill('a thought for later');
  await page.reload();
  await messages().getByText('First half,').waitFor();
  await stop().waitFor();
  script.say('second half.');
  script.finish();
  await messages().getByText('First half, second half.').waitFor();
  await stop().waitFor({ state: 'detached' });
  assert.equal(await composer().inputValue(), 'a thought for later', 'the draft is kept');
  await composer().fill('');
});

test('an answer that cannot be taken up is asked for once, and is there when it has ended', { skip }, async () => {
  const script = scriptedStream();
  upstream.once('/chat/completions', script.reply);
  await ask('Think alone');
  await script.started;
  let asked = 0;
  const refused = page.waitForResponse(/\/stream$/);
  await page.route('**/stream', (route) => {
    asked += 1;
    const error = { code: 'internal', message: 'Something went wrong.', request_id: 'req_1' };
    return route.fulfill({ status: 500, json: { error } });
  });
  await page.reload();
  await messages().getByText('Think alone').waitFor();
  await refused;
  await stop().waitFor({ state: 'detached' });
  script.say('Thought it through.');
  script.finish();
  await messages().getByText('Thought it through.').waitFor();
  assert.equal(asked, 1);
  await page.unroute('**/stream');
});

test('an edited question and a second answer are versions beside the old ones', { skip }, async () => {
  upstream.once('/chat/completions', replyStream({ pieces: ['To the ', 'edited one.'] }));
  const question = page.getByRole('article', { name: 'You' }).last();
  await question.hover();
  await question.getByRole('button', { name: 'Edit message' }).click();
  await page.getByRole('textbox', { name: 'Your message' }).fill('Take less time');
  await page.keyboard.press('Enter');
  await messages().getByText('To the edited one.').waitFor();
  await messages().getByText('2 / 2').waitFor();
  upstream.once('/chat/completions', replyStream({ pieces: ['Said ', 'differently.'] }));
  await page.getByRole('button', { name: 'Answer again' }).last().click();
  await messages().getByText('Said differently.').waitFor();
  // Only an answer that has ended has versions: until then the last of these buttons is the question's.
  await messages()
    .getByRole('article', { name: /^Answer by/ })
    .getByRole('button', { name: 'Previous version' })
    .click();
  await messages().getByText('To the edited one.').waitFor();
  await page.getByRole('button', { name: 'Previous version' }).first().click();
  await messages().getByText('First half, second half.').waitFor();
});

test('a rating is kept', { skip }, async () => {
  await Promise.all([
    page.waitForResponse(/\/feedback$/),
    page.getByRole('button', { name: 'Good answer' }).last().click(),
  ]);
  await page.reload();
  const rated = page.getByRole('button', { name: 'Good answer', pressed: true });
  await rated.last().waitFor();
});

test('an answer that dies half-way keeps its text, says why, and can be made again', { skip }, async () => {
  upstream.once('/chat/completions', replyStream({ pieces: ['Only ', 'the ', 'beginning ', 'arrives'], end: 'reset' }));
  await ask('Will you make it?');
  const note = messages().getByRole('alert');
  await note.waitFor();
  await messages().getByText('Only the').waitFor();
  upstream.once('/chat/completions', replyStream({ pieces: ['All ', 'of it.'] }));
  await note.getByRole('button', { name: 'Try again' }).click();
  await messages().getByText('All of it.').waitFor();
});

test('a message that is refused says why and is not lost', { skip }, async () => {
  await page.route('**/api/v1/conversations/*/messages', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({
          status: 429,
          json: {
            error: { code: 'rate_limited', message: 'Too many requests.', hint: 'Wait a minute.', request_id: 'req_1' },
          },
        })
      : route.continue(),
  );
  await ask('One too many');
  await messages().getByText('Wait a minute.').waitFor();
  await page.unroute('**/api/v1/conversations/*/messages');
  upstream.once('/chat/completions', replyStream({ pieces: ['Now ', 'it is fine.'] }));
  await messages().getByRole('button', { name: 'Try again' }).last().click();
  await messages().getByText('Now it is fine.').waitFor();
  assert.deepEqual(view.complaints(429, 500), []);
});

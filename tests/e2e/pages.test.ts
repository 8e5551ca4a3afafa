// Every page: no serious axe finding in either theme, nothing that scrolls sideways at 360 pixels, a first load within its
// budget, long lists that keep few rows in the page, and the keys that work everywhere.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { measureFirstLoads } from '../../scripts/build-web.mjs';
import { makePdf } from '../../server/documents/fixtures/pdf.ts';
import { messageRow } from '../../web/testing/rows.ts';
import { type House, makeSession, openHouse, openView, skip, watchRequests } from './browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pdf = makePdf([[{ text: 'The boiler is checked every year in October by a certified engineer.' }]]);

let house: House;
let session: string;
let conversation: string;
let document: string;

before(async () => {
  if (skip) return;
  house = await openHouse();
  session = await makeSession(house.server, 'mira@example.com', 'Mira Kos');
  const { page, context } = await openView(house, { session });
  await page.goto('/documents');
  await page
    .locator('main input[type=file]')
    .setInputFiles({ name: 'boiler.pdf', mimeType: 'application/pdf', buffer: pdf });
  await page.getByText('Ready').filter({ visible: true }).waitFor();
  document = new URL(
    (await page.getByRole('link', { name: 'boiler.pdf' }).getAttribute('href')) ?? '',
    house.server.url,
  ).pathname.slice(11);
  await page.goto('/');
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('When is the boiler checked?');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Good answer' }).waitFor();
  conversation = new URL(page.url()).pathname;
  await context.close();
});
after(() => house?.close());

const inside = (): Record<string, string> => ({
  'new chat': '/',
  conversation,
  'conversation with a document': `${conversation}?document=${document}&page=1`,
  documents: '/documents',
  document: `/documents/${document}?page=1&from=4&to=30`,
  profile: '/settings/profile',
  'API keys': '/settings/api-keys',
  models: '/settings/models',
  about: '/settings/about',
  nowhere: '/nowhere',
});
const outside: Record<string, string> = { 'sign-in': '/sign-in', 'sign-up': '/sign-up' };

/** Shown: nothing is loading any more. */
async function settle(page: Page): Promise<void> {
  await page.locator('h1, h2').first().waitFor();
  await page.waitForFunction(() => globalThis.document.querySelector('[aria-busy="true"], .skeleton') === null);
}

async function seriousFindings(page: Page): Promise<string[]> {
  return page.evaluate(async (source) => {
    if (!('axe' in globalThis)) new Function(source).call(globalThis);
    const { axe: run } = globalThis as unknown as { axe: typeof import('axe-core') }; // checked: loaded one line above
    const { violations } = await run.run(globalThis.document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  }, axe);
}

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in the ${theme} theme`, { skip }, async () => {
    for (const [pages, signedIn] of [
      [inside(), true],
      [outside, false],
    ] as const) {
      const { page, context } = await openView(house, { theme, ...(signedIn ? { session } : {}) });
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(path);
        await settle(page);
        assert.deepEqual(await seriousFindings(page), [], name);
      }
      await context.close();
    }
  });
}

test('no page scrolls sideways at 360 pixels', { skip }, async () => {
  const { page, complaints } = await openView(house, { session, width: 360, height: 740 });
  for (const [name, path] of Object.entries(inside())) {
    await page.goto(path);
    await settle(page);
    const [wide, seen] = await page.evaluate(() => [globalThis.document.documentElement.scrollWidth, innerWidth]);
    assert.ok((wide ?? 0) <= (seen ?? 0), `${name}: ${wide} pixels wide`);
  }
  assert.deepEqual(complaints(), []);
});

test('the first load of each page is at most 180 kB of JavaScript', { skip }, async (context) => {
  for (const [page, bytes] of Object.entries(await measureFirstLoads())) {
    context.diagnostic(`${page}: ${(bytes / 1000).toFixed(1)} kB gzipped`);
    assert.ok(bytes <= 180_000, `${page}: ${bytes} bytes`);
  }
});

test('the sidebar, search and the composer by keyboard', { skip }, async () => {
  const { page, complaints } = await openView(house, { session });
  await page.goto(conversation);
  await settle(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('certified');
  await page.getByRole('option', { name: /boiler\.pdf/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/documents/*');
  await page.locator('mark').first().waitFor();
  await page.goBack();
  await page.waitForURL(`**${conversation}`);
  await page.keyboard.press('Control+Shift+S');
  await page.getByRole('complementary', { name: 'Sidebar' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Control+Shift+S');
  await page.keyboard.press('Control+/');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+Escape');
  assert.equal(await page.evaluate(() => globalThis.document.activeElement?.id), 'composer');
  assert.deepEqual(complaints(), []);
});

test('a double click on an idea starts one chat', { skip }, async () => {
  const { page, context, complaints } = await openView(house, { session });
  const asked = watchRequests(page);
  const held = Promise.withResolvers<void>();
  await page.route('**/api/v1/conversations', async (route) => {
    if (route.request().method() === 'POST') await held.promise;
    await route.continue();
  });
  await page.goto('/');
  await page.getByRole('button', { name: /What does boiler\.pdf say/ }).dblclick();
  held.resolve();
  await page.getByRole('button', { name: 'Good answer' }).waitFor();
  const made = asked.filter((line) => line.startsWith('POST') && line.includes('/conversations'));
  assert.equal(made.length, 2, `one chat and one question, not ${made.join(', ')}`);
  assert.deepEqual(complaints(), []);
  await context.close();
});

test('a chat is renamed in place, deleted, and brought back', { skip }, async () => {
  const { page } = await openView(house, { session });
  await page.goto('/');
  const chats = page.getByRole('navigation', { name: 'Chats' });
  await chats
    .getByRole('button', { name: /^Actions for/ })
    .first()
    .click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Title of the chat' }).fill('About the boiler');
  await page.keyboard.press('Enter');
  await chats.getByRole('link', { name: 'About the boiler' }).waitFor();
  await chats.getByRole('button', { name: 'Actions for About the boiler' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await chats.getByRole('link', { name: 'About the boiler' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await chats.getByRole('link', { name: 'About the boiler' }).waitFor();
});

const many = 10_000;
const pageOf = <T>(url: string, row: (index: number) => T) => {
  const search = new URL(url).searchParams;
  const from = Number(search.get('cursor') ?? 0);
  const to = Math.min(many, from + Number(search.get('limit') ?? 50));
  return {
    data: Array.from({ length: to - from }, (_, index) => row(from + index)),
    next_cursor: to < many ? String(to) : null,
  };
};
const time = '2026-01-01T00:00:00Z';
const idOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

test('ten thousand rows keep fewer than a hundred in the page', { skip }, async () => {
  const { page } = await openView(house, { session });
  await page.route(/\/api\/v1\/conversations\?/, (route) =>
    route.fulfill({
      json: pageOf(route.request().url(), (index) => ({
        id: idOf(index),
        title: `Chat ${index}`,
        model_provider: null,
        model_name: null,
        document_chat: true,
        created_at: time,
        updated_at: time,
        last_message_at: time,
      })),
    }),
  );
  await page.route(/\/api\/v1\/documents\?/, (route) =>
    route.fulfill({
      json: pageOf(route.request().url(), (index) => ({
        id: idOf(index),
        original_name: `file-${index}.pdf`,
        mime_type: 'application/pdf',
        file_size: 1,
        processing_status: 'completed',
        progress: null,
        error: null,
        page_count: 1,
        chunk_count: 1,
        collection_id: null,
        created_at: time,
      })),
    }),
  );
  await page.route(/\/conversations\/[^/]+\/messages/, (route) => {
    const rows = pageOf(route.request().url(), (index) =>
      messageRow({
        id: idOf(index),
        conversation_id: idOf(0),
        parent_id: idOf(index + 1),
        role: index % 2 === 0 ? 'assistant' : 'user',
        content: `Message ${index}`,
        created_at: time,
      }),
    );
    return route.fulfill({ json: { ...rows, data: rows.data.toReversed() } });
  });
  await page.goto('/documents');
  const lists = [
    [page.getByRole('navigation', { name: 'Chats' }), 'li', /Chat \d{3}/, 1],
    [page.getByRole('region', { name: 'Documents' }), 'tr', /file-\d{3}/, 1],
  ] as const;
  for (const [list, row, far, direction] of lists) await scrollFar(page, list, row, far, direction);
  await page.goto(conversation);
  await scrollFar(page, page.getByRole('region', { name: 'Messages' }), 'li', /Message \d{3}/, -1);
});

/** Scrolls until rows of three digits are in view, counting what is in the page on the way. */
async function scrollFar(
  page: Page,
  list: ReturnType<Page['locator']>,
  row: string,
  far: RegExp,
  direction: 1 | -1,
): Promise<void> {
  await list.getByText(/\d/).first().waitFor();
  while (!far.test((await list.textContent()) ?? '')) {
    await list.evaluate((element, by) => element.scrollBy(0, by * element.clientHeight), direction);
    await page.waitForTimeout(20);
    const count = await list.locator(row).count();
    assert.ok(count > 0 && count < 100, `${count} rows in the page`);
  }
}

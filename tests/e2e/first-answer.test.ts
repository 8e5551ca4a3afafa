// The whole way of a first visit, with no key and no network: an account, a PDF, a question, an answer that cites the page,
// the passage lit beside it, and everything there after a reload.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makePdf } from '../../server/documents/fixtures/pdf.ts';
import { type House, openHouse, openView, skip, type View, watchRequests } from './browser.ts';

const pdf = makePdf([
  [{ text: 'Delivery', size: 18 }, { text: 'Delivery takes place within six weeks of the order, weather permitting.' }],
  [
    { text: 'Guarantee', size: 18 },
    { text: 'The compressor is guaranteed for seven years from the date of commissioning.' },
  ],
]);

let house: House;
let view: View;

before(async () => {
  if (skip) return;
  house = await openHouse();
  view = await openView(house);
});
after(() => house?.close());

test('the first visitor makes an account and is greeted by name', { skip }, async () => {
  const { page } = view;
  await page.goto('/');
  await page.waitForURL('**/sign-up');
  await page.getByLabel('Name').fill('Mira Kos');
  await page.getByLabel('Email').fill('mira@example.com');
  await page.getByLabel('Password').fill('correct horse battery staple');
  await page.getByRole('button', { name: 'Make account' }).click();
  await page.getByRole('heading', { level: 1, name: /Mira\./ }).waitFor();
  await page.getByText('Loam’s built-in model').waitFor();
});

test('a PDF is added, and is seen becoming ready without a reload', { skip }, async () => {
  const { page } = view;
  await page.getByRole('link', { name: 'Documents' }).click();
  await page
    .locator('main input[type=file]')
    .setInputFiles({ name: 'quote.pdf', mimeType: 'application/pdf', buffer: pdf });
  const row = page.getByRole('row', { name: /quote\.pdf/ });
  await row.getByText('Ready').filter({ visible: true }).waitFor();
  await page.getByText('1 document, 2 passages.').waitFor();
});

test('a question is answered from it, with the page it comes from', { skip }, async () => {
  const { page } = view;
  await page.keyboard.press('Control+Shift+O');
  await page.waitForURL('**/');
  await page.getByLabel('Message', { exact: true }).last().fill('How long is the compressor guaranteed?');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/c/*');
  await page.getByRole('list', { name: 'Sources' }).getByText('quote.pdf · page 2').waitFor();
  await page.getByText('guaranteed for seven years').first().waitFor();
});

test('the mark opens the panel with the passage lit', { skip }, async () => {
  const { page } = view;
  await page.getByRole('button', { name: 'Source 1: quote.pdf · page 2' }).first().click();
  await page.getByText('page 2 of 2').waitFor();
  assert.match((await page.locator('mark').first().textContent()) ?? '', /seven years/);
  assert.match(page.url(), /document=.+&page=2&from=\d+&to=\d+/);
});

test('a reload changes nothing, and opening the chat asks for five things at most', { skip }, async () => {
  const { page } = view;
  await page.reload();
  assert.match((await page.locator('mark').first().textContent()) ?? '', /seven years/);
  await page.getByRole('button', { name: 'Close' }).click();
  const asked = watchRequests(page);
  await page.reload();
  await page.getByRole('button', { name: 'Good answer' }).waitFor();
  await page.waitForLoadState('load');
  assert.ok(asked.length <= 5, asked.join('\n'));
  assert.deepEqual(view.complaints(), []);
});

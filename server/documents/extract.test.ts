// Extraction in its child process: real files, scans, broken and hostile ones, and the limits on them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ExtractLimits, extract, extractLimits } from './extract.ts';
import { bombPage, makePdf } from './fixtures/pdf.ts';
import { makeDocx } from './fixtures/zip.ts';
import { type PageText, Unreadable } from './formats/blocks.ts';
import type { Format } from './sniff.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'loam-extract-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
async function read(
  format: Format,
  bytes: Uint8Array | string,
  limits: Partial<ExtractLimits> = {},
  signal = new AbortController().signal,
): Promise<PageText[]> {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, bytes);
  const pages: PageText[] = [];
  for await (const event of extract(path, format, { ...extractLimits, ...limits }, signal))
    if ('page' in event) pages.push(event.page);
  return pages;
}
/** A file that is never there in full: whoever reads it waits until he is stopped. */
function makePipe(): string {
  const path = join(folder, `pipe-${files++}`);
  execFileSync('mkfifo', [path]);
  return path;
}
const code = (wanted: string) => (error: unknown) => error instanceof Unreadable && error.code === wanted;
const line = [{ text: 'Heat pumps move heat from the air outside into the house.' }];

describe('reading a file in a process of its own', () => {
  it('says why it cannot: empty, scan, locked, cut off, noise', async () => {
    await assert.rejects(read('text', ''), code('document_empty'));
    await assert.rejects(read('markdown', ' \n\n\t\n'), code('document_empty'));
    await assert.rejects(read('html', '<nav>Menu</nav>'), code('document_empty'));
    await assert.rejects(read('pdf', makePdf(['picture', 'picture', 'picture'])), code('document_is_scan'));
    await assert.rejects(read('pdf', makePdf([[{ text: '1' }], [{ text: '2' }], 'picture'])), code('document_is_scan'));
    await assert.rejects(read('pdf', makePdf([line], { locked: true })), code('document_encrypted'));
    const whole = makePdf([line, line]);
    await assert.rejects(read('pdf', whole.subarray(0, Math.floor(whole.length * 0.7))), code('document_damaged'));
    await assert.rejects(read('docx', makeDocx([{ text: 'x' }]).subarray(0, 300)), code('document_damaged'));
    await assert.rejects(read('text', new Uint8Array(1024).fill(0)), code('document_type_unsupported'));
  });

  it('stops at the limits of pages and characters', async () => {
    await assert.rejects(read('pdf', makePdf([line, line, line]), { pages: 2 }), code('document_too_long'));
    await assert.rejects(read('text', 'word '.repeat(3000), { characters: 10_000 }), code('document_too_long'));
  });

  it('reads short documents like everybody else, and stands back with long ones', async (t) => {
    const children = `/proc/self/task/${process.pid}/children`;
    if (!existsSync(children)) return t.skip('no /proc');
    const path = makePipe(); // So that no child has ended before it was looked at.
    const prioritiesOf = async (politeAfter: number): Promise<number[]> => {
      const stop = new AbortController();
      const first = extract(path, 'pdf', { ...extractLimits, politeAfter }, stop.signal).next();
      const child = Number(readFileSync(children, 'utf8'));
      const before = getPriority(child);
      await delay(1); // Timers run in the order in which they were set: this one comes after that of `politeAfter`.
      const after = getPriority(child);
      stop.abort(new Error('seen enough'));
      await assert.rejects(first, /seen enough/);
      return [before, after];
    };
    const own = getPriority();
    assert.deepEqual(await prioritiesOf(60), [own, own]);
    assert.deepEqual(await prioritiesOf(0), [own, Math.max(own, 10)]);
  });

  it('kills a PDF that unfolds beyond what one document may take', async () => {
    const bomb = makePdf([line, bombPage(300)]);
    assert.ok(bomb.length < 1_000_000);
    await assert.rejects(read('pdf', bomb, { residentMegabytes: 220 }), code('document_too_complex'));
  });

  it('kills a DOCX that lies about what it unfolds to', async () => {
    const bytes = new Uint8Array(300 * 1_048_576).fill(32);
    const bomb = makeDocx([{ text: 'x' }], [{ name: 'word/footnotes.xml', bytes, claimedSize: 10 }]);
    assert.ok(bomb.length < 1_000_000);
    await assert.rejects(read('docx', bomb, { residentMegabytes: 220 }), (error) => error instanceof Unreadable);
  });

  it('ends at the heap limit and at the deadline', async () => {
    await assert.rejects(read('html', '<p>x'.repeat(300_000), { heapMegabytes: 16 }), code('document_too_complex'));
    const pages = extract(makePipe(), 'pdf', { ...extractLimits, seconds: 0.01 }, new AbortController().signal);
    await assert.rejects(pages.next(), code('document_too_complex'));
  });

  it('stops when told to, also before it has begun', async () => {
    const stop = new AbortController();
    stop.abort(new Error('shutting down'));
    await assert.rejects(read('pdf', makePdf([line]), {}, stop.signal), /shutting down/);
    const later = new AbortController();
    const path = makePipe();
    const first = extract(path, 'pdf', extractLimits, later.signal).next();
    const writer = await open(path, 'w'); // Once the child has it open too.
    later.abort(new Error('shutting down'));
    await assert.rejects(first, /shutting down/);
    await writer.close();
  });

  it('may read its file and its own code, and nothing else', async () => {
    const pages = await read('html', `<p>${'The child is alone. '.repeat(20)}</p>`);
    assert.equal(pages.length, 1);
    const path = join(folder, 'seen.txt');
    writeFileSync(path, 'secret');
    const probe = `${path}' --allow-fs-read=/`;
    await assert.rejects(async () => {
      for await (const _ of extract(probe, 'text', extractLimits, new AbortController().signal));
    }, code('document_unreadable'));
  });

  it('hands on pages in order with their numbers', async () => {
    const pages = await read('pdf', makePdf([line, [{ text: 'Second page with enough words on it.' }]]));
    assert.deepEqual(
      pages.map(({ number }) => number),
      [1, 2],
    );
    assert.equal(pages[0]?.text, line[0]?.text);
    const [page] = await read('docx', makeDocx([{ heading: 'Costs' }, { text: 'All in euros.' }]));
    assert.deepEqual([page?.number, page?.text], [null, 'Costs\n\nAll in euros.']);
  });
});

const scan = fileURLToPath(
  new URL('../../../shared/data/documents/MEDRPT-2024-PAT-3847_medical_report_scan.pdf', import.meta.url),
);
it('knows a real scan', {
  skip: existsSync(scan) ? false : 'the real documents are not beside the repository',
}, async () => {
  await assert.rejects(read('pdf', readFileSync(scan)), code('document_is_scan'));
});

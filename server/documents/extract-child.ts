// The program that reads one file, in a process of its own: whatever a hostile file does to it, the server goes on.
// Called as `extract-child.ts <path> <format> <max pages> <max characters>`; says JSON lines on standard output.
import { readFile } from 'node:fs/promises';
import type { FromChild } from './extract.ts';
import { type PageText, Unreadable } from './formats/blocks.ts';

const [, , path = '', format = '', maxPages = '0', maxCharacters = '0'] = process.argv;
// Pipes are written synchronously here: a slow reader slows this process instead of filling its memory.
const say = (message: FromChild): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

// A server that was killed cannot kill: who loses it, ends.
const server = process.ppid;
setInterval(() => process.ppid !== server && process.exit(1), 1000).unref();

let characters = 0;
let pages = 0;
function sayPage(page: PageText): void {
  characters += page.text.length;
  pages += 1;
  if (characters > Number(maxCharacters) || pages > Number(maxPages)) throw new Unreadable('document_too_long');
  say({ page });
}

async function readPdf(bytes: Uint8Array): Promise<void> {
  const { openPdf } = await import('./formats/pdf.ts');
  const pdf = await openPdf(bytes);
  say({ total: pdf.pageCount });
  if (pdf.pageCount > Number(maxPages)) throw new Unreadable('document_too_long');
  let letters = 0;
  for (let number = 1; number <= pdf.pageCount; number += 1) {
    const page = await pdf.page(number);
    letters += page.text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
    sayPage(page);
  }
  // A stamp or a page number on each page does not make a scan a text.
  if (letters < 10 + 3 * (pdf.pageCount - 1)) throw new Unreadable('document_is_scan');
}

async function readOther(bytes: Uint8Array): Promise<readonly PageText[]> {
  if (format === 'docx') return (await import('./formats/docx.ts')).readDocx(bytes);
  if (format === 'html') return (await import('./formats/html.ts')).readHtml(bytes);
  const { readMarkdown, readPlainText } = await import('./formats/text.ts');
  return format === 'markdown' ? readMarkdown(bytes) : readPlainText(bytes);
}

try {
  const bytes = new Uint8Array(await readFile(path));
  if (bytes.length === 0) throw new Unreadable('document_empty');
  if (format === 'pdf') await readPdf(bytes);
  else {
    const read = await readOther(bytes);
    if (read.length === 0) throw new Unreadable('document_empty');
    // Known at once, so nothing of a document that is too long gets as far as the database.
    const all = read.reduce((sum, { text }) => sum + text.length, 0);
    if (all > Number(maxCharacters) || read.length > Number(maxPages)) throw new Unreadable('document_too_long');
    say({ total: read.length });
    for (const page of read) sayPage(page);
  }
  say({ done: true });
} catch (error) {
  if (!(error instanceof Unreadable)) console.error(error);
  say({ error: error instanceof Unreadable ? error.code : 'document_unreadable' });
}

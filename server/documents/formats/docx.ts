// Word documents by mammoth: headings, lists and tables; pictures are left out, so that they cost no memory.
import mammoth from 'mammoth';
import { joinBlocks, type PageText, Unreadable } from './blocks.ts';
import { readBlocks } from './html.ts';
import { paginate } from './paginate.ts';
import { readZipEntries } from './zip.ts';

/** What a document of 50 MB may unfold to; a bomb says more, or lies and is stopped by its size in memory. */
const largestContent = 256 * 1024 * 1024;

export async function readDocx(bytes: Uint8Array): Promise<PageText[]> {
  const entries = readZipEntries(bytes);
  if (entries === null || !entries.some(({ name }) => name === 'word/document.xml'))
    throw new Unreadable('document_damaged');
  const content = entries.reduce((sum, { size }) => sum + size, 0);
  if (content > largestContent || entries.length > 10_000) throw new Unreadable('document_too_complex');
  const html = await convert(bytes);
  const { text, headings } = joinBlocks(readBlocks(html));
  return paginate(text, headings);
}

async function convert(bytes: Uint8Array): Promise<string> {
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) },
      { convertImage: mammoth.images.imgElement(async () => ({ src: '' })), includeDefaultStyleMap: true },
    );
    return value;
  } catch (cause) {
    throw new Unreadable('document_damaged', cause);
  }
}

// What a file is, by its content; its name and its declared type may only agree. Looks at beginning and end, runs nothing.
import { AppError } from '../../core/errors.ts';
import { extensionOf } from '../storage/names.ts';

export const formats = ['pdf', 'docx', 'html', 'markdown', 'text'] as const;
export type Format = (typeof formats)[number];

export const mimeTypes: Readonly<Record<Format, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  html: 'text/html',
  markdown: 'text/markdown',
  text: 'text/plain',
};
export const formatOfMime = (mimeType: string): Format | null =>
  formats.find((format) => mimeTypes[format] === mimeType) ?? null;

type Kind =
  | 'pdf'
  | 'docx'
  | 'office'
  | 'old office'
  | 'zip'
  | 'image'
  | 'media'
  | 'program'
  | 'html'
  | 'text'
  | 'binary';

const kindOfExtension: Readonly<Record<string, Kind>> = {
  pdf: 'pdf',
  docx: 'docx',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  xlsx: 'office',
  pptx: 'office',
  odt: 'office',
  ods: 'office',
  odp: 'office',
  epub: 'office',
  doc: 'old office',
  xls: 'old office',
  ppt: 'old office',
  zip: 'zip',
  jar: 'zip',
  png: 'image',
  jpg: 'image',
  jpeg: 'image',
  gif: 'image',
  webp: 'image',
  tif: 'image',
  tiff: 'image',
  heic: 'image',
  bmp: 'image',
  mp3: 'media',
  mp4: 'media',
  mov: 'media',
  wav: 'media',
  exe: 'program',
  dll: 'program',
  so: 'program',
  md: 'text',
  markdown: 'text',
  mdx: 'text',
  txt: 'text',
  text: 'text',
  log: 'text',
  csv: 'text',
  tsv: 'text',
  json: 'text',
  jsonl: 'text',
  xml: 'text',
  yaml: 'text',
  yml: 'text',
  toml: 'text',
  ini: 'text',
  sql: 'text',
  js: 'text',
  mjs: 'text',
  ts: 'text',
  tsx: 'text',
  jsx: 'text',
  py: 'text',
  rb: 'text',
  go: 'text',
  rs: 'text',
  java: 'text',
  c: 'text',
  h: 'text',
  cpp: 'text',
  cs: 'text',
  php: 'text',
  sh: 'text',
  css: 'text',
};
const markdownExtensions = new Set(['md', 'markdown', 'mdx']);

function kindOfMime(mimeType: string): Kind | null {
  const type = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
  const format = formatOfMime(type);
  if (format !== null) return format === 'markdown' ? 'text' : format;
  if (type.startsWith('image/')) return 'image';
  if (type.startsWith('audio/') || type.startsWith('video/')) return 'media';
  return null;
}

const magic: readonly (readonly [Kind, string])[] = [
  ['old office', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['image', '\x89PNG\r\n'],
  ['image', '\xff\xd8\xff'],
  ['image', 'GIF8'],
  ['image', 'II*\0'],
  ['image', 'MM\0*'],
  ['image', 'BM'],
  ['program', '\x7fELF'],
  ['program', 'MZ'],
  ['media', 'ID3'],
  ['media', 'OggS'],
  ['media', 'RIFF'],
  ['media', 'fLaC'],
  ['zip', '\x1f\x8b'],
  ['zip', '7z\xbc\xaf'],
  ['zip', 'Rar!'],
  ['zip', 'BZh'],
  ['zip', '\xfd7zXZ'],
];

function kindOf(head: Uint8Array, tail: Uint8Array): Kind {
  const start = Buffer.from(head).toString('latin1');
  if (start.slice(0, 1024).includes('%PDF-')) return 'pdf';
  if (start.startsWith('PK\x03\x04')) {
    const names = start + Buffer.from(tail).toString('latin1');
    if (names.includes('word/')) return 'docx';
    return /xl\/|ppt\/|application\/epub|opendocument/.test(names) ? 'office' : 'zip';
  }
  const text = isText(head);
  const known = magic.find(([, bytes]) => start.startsWith(bytes));
  // Two letters alone prove nothing: a note may begin with "BM".
  if (known !== undefined && !(text && known[1].length < 4))
    return start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP' ? 'image' : known[0];
  if (start.slice(4, 8) === 'ftyp') return start.slice(8, 12).startsWith('hei') ? 'image' : 'media';
  if (!text) return 'binary';
  const readable = start.replace(/^\xef\xbb\xbf/, '').replace(/^(\s|<!--[\s\S]*?-->|<\?xml[^>]*>)+/, '');
  return /^<(!doctype\s+html|html|head|body)[\s>]/i.test(readable) ? 'html' : 'text';
}

function isText(head: Uint8Array): boolean {
  const [a, b] = head;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return true;
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) return false;
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127) controls += 1;
  }
  if (controls > head.length / 500) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    // An old one-byte encoding: mostly ASCII with some letters above.
    return head.filter((byte) => byte < 128).length > head.length * 0.7 && controls === 0;
  }
}

const refuse = (hint?: string): never => {
  throw new AppError('document_type_unsupported', hint === undefined ? {} : { hint });
};

/**
 * Decides how a file will be read. Throws document_empty, document_type_unsupported, document_type_mismatch,
 * document_encrypted (a new Office file with a password is an old Office file inside).
 */
export function sniff(file: {
  name: string;
  declaredType: string;
  size: number;
  head: Uint8Array;
  tail: Uint8Array;
}): Format {
  if (file.size === 0) throw new AppError('document_empty');
  const extension = extensionOf(file.name);
  const kind = kindOf(file.head, file.tail);
  const isTextual = (one: Kind): boolean => one === 'text' || one === 'html';
  const agrees = (claim: Kind | null): boolean =>
    claim === null || claim === kind || (isTextual(claim) && isTextual(kind));
  const claimed = kindOfExtension[extension] ?? null;
  if (kind === 'old office' && (claimed === 'docx' || claimed === 'office')) throw new AppError('document_encrypted');
  if (!agrees(claimed) || !agrees(kindOfMime(file.declaredType)))
    throw new AppError('document_type_mismatch', { details: { content: kind } });
  switch (kind) {
    case 'pdf':
    case 'docx':
      return kind;
    case 'html':
      return claimed === 'text' ? textFormat(extension) : 'html';
    case 'text':
      return claimed === 'html' ? 'html' : textFormat(extension);
    case 'old office':
      return refuse('Save it in the newer format (.docx), or as PDF.');
    case 'image':
      return refuse('A picture has no text in it. Run it through text recognition (OCR) and add the result.');
    case 'office':
      return refuse('Save it as PDF and add that.');
    default:
      return refuse();
  }
}

const textFormat = (extension: string): Format => (markdownExtensions.has(extension) ? 'markdown' : 'text');

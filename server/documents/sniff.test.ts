// What a file is by its content, and files whose type lies.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../core/errors.ts';
import { makePdf } from './fixtures/pdf.ts';
import { makeDocx, makeZip } from './fixtures/zip.ts';
import { guessLanguage } from './language.ts';
import { sniff } from './sniff.ts';

const look = (name: string, content: string | Uint8Array, declaredType = ''): string => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
  try {
    return sniff({
      name,
      declaredType,
      size: bytes.length,
      head: bytes.subarray(0, 65536),
      tail: bytes.subarray(-65536),
    });
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

const pdf = makePdf([[{ text: 'Hello' }]]);
const docx = makeDocx([{ text: 'Hello' }]);
const xlsx = makeZip([{ name: 'xl/workbook.xml', bytes: Buffer.from('<x/>') }]);
const archive = makeZip([{ name: 'a/b.txt', bytes: Buffer.from('b') }]);
const locked = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(50)]);
const noise = Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 131 + 7) % 251));
const program = Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(50)]);
const mismatch = 'document_type_mismatch';
const unsupported = 'document_type_unsupported';

const cases: readonly (readonly [
  what: string,
  name: string,
  content: string | Uint8Array,
  type: string,
  expected: string,
])[] = [
  ['nothing', 'a.txt', '', '', 'document_empty'],
  ['noise without a name for it', 'random.bin', noise, '', unsupported],
  ['noise called text', 'a.txt', noise, '', mismatch],
  ['a page called PDF', 'a.pdf', '<!doctype html><p>x', '', mismatch],
  ['a page called PDF by its type only', 'a', '<!doctype html><p>x', 'application/pdf', mismatch],
  ['a PDF called text', 'a.txt', pdf, '', mismatch],
  ['a PDF called picture', 'a.png', pdf, 'image/png', mismatch],
  ['a program called PDF', 'a.pdf', program, 'application/pdf', mismatch],
  ['a program', 'a.exe', Buffer.from('MZ\x90\x00\x03\x00', 'latin1'), '', unsupported],
  ['an archive called document', 'a.docx', archive, '', mismatch],
  ['a spreadsheet called document', 'a.docx', xlsx, '', mismatch],
  ['a spreadsheet', 'a.xlsx', xlsx, '', unsupported],
  ['a document with a password', 'a.docx', locked, '', 'document_encrypted'],
  ['an old document', 'a.doc', locked, '', unsupported],
  ['a picture', 'a.png', png, 'image/png', unsupported],
  ['a PDF', 'a.pdf', pdf, 'application/pdf', 'pdf'],
  ['a PDF without an ending', 'contract', pdf, 'application/octet-stream', 'pdf'],
  ['a document', 'Ä Ö.DOCX', docx, '', 'docx'],
  ['a page', 'a.htm', '\ufeff<!-- x -->\n<!DOCTYPE html><p>x', 'text/html', 'html'],
  ['a page without an ending', 'a', '<html><p>x', '', 'html'],
  ['mark-up in a text file stays text', 'a.txt', '<html><p>x', 'text/plain', 'text'],
  ['Markdown', 'README.md', '# x', '', 'markdown'],
  ['Markdown declared as text', 'README.md', '# x', 'text/plain', 'markdown'],
  ['code', 'main.rs', 'fn main() {}', '', 'text'],
  ['text that begins like a picture', 'a.txt', 'BM is short for benchmark', '', 'text'],
  ['old Western text', 'a.txt', Buffer.from('Gr\xf6\xdfe und Ma\xdf', 'latin1'), '', 'text'],
];

describe('what a file is', () => {
  for (const [what, name, content, type, expected] of cases) {
    it(`${what}: ${expected}`, () => assert.equal(look(name, content, type), expected));
  }
});

describe('the language of a text', () => {
  const samples: readonly (readonly [string, string])[] = [
    ['english', 'The pump is quiet and it does not disturb the people who live in the house next to it at night.'],
    [
      'german',
      'Die Pumpe ist leise und stört die Nachbarn nicht, die in dem Haus neben der Straße mit ihren Kindern wohnen.',
    ],
    [
      'french',
      'La pompe est silencieuse et ne dérange pas les voisins qui habitent dans la maison à côté avec des enfants.',
    ],
    [
      'spanish',
      'La bomba es silenciosa y no molesta a los vecinos que viven en la casa de al lado con sus hijos pero también suena.',
    ],
    ['russian', 'Насос работает тихо и не мешает соседям.'],
    ['simple', '熱ポンプは静かで、夜でも隣の人の邪魔になりません。'],
    ['english', 'id,price\n1,20\n2,30'],
    ['english', ''],
  ];
  for (const [expected, text] of samples)
    it(`${expected}: ${text.slice(0, 20)}`, () => assert.equal(guessLanguage(text), expected));
});

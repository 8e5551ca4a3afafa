// What each format yields: headings, pages, and none of the menus around an article.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makePdf } from '../fixtures/pdf.ts';
import { makeDocx, makeZip } from '../fixtures/zip.ts';
import { cleanText, joinBlocks, Unreadable } from './blocks.ts';
import { readDocx } from './docx.ts';
import { readBlocks, readHtml } from './html.ts';
import { paginate } from './paginate.ts';
import { openPdf } from './pdf.ts';
import { decodeText, markdownHeadings, readMarkdown, readPlainText } from './text.ts';
import { readZipEntries } from './zip.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const code = (wanted: string) => (error: unknown) => error instanceof Unreadable && error.code === wanted;
const htmlText = (html: string): string => joinBlocks(readBlocks(html)).text;

describe('plain text', () => {
  it('refuses what is no text', () => {
    assert.throws(() => decodeText(new Uint8Array([65, 0, 66])), code('document_type_unsupported'));
    assert.throws(
      () => decodeText(Uint8Array.from({ length: 400 }, (_, index) => (index * 7) % 256)),
      code('document_type_unsupported'),
    );
  });

  it('reads UTF-8, UTF-16 with its mark, and old Western text', () => {
    assert.equal(decodeText(bytes('Größe')), 'Größe');
    assert.equal(decodeText(new Uint8Array([0xff, 0xfe, 0x41, 0x00])), 'A');
    assert.equal(decodeText(new Uint8Array([0x47, 0x72, 0xf6, 0xdf, 0x65])), 'Größe');
  });

  it('takes out what PostgreSQL refuses and nobody sees', () => {
    assert.equal(cleanText('a\u0000b\u00adc\ud800d\r\ne\rf\ufeff'), 'abc\ufffdd\ne\nf');
  });

  it('keeps indentation and cuts pages at paragraphs, losing nothing', () => {
    const paragraphs = Array.from({ length: 40 }, (_, index) =>
      `    Paragraph ${index} ${'says more. '.repeat(30)}`.trimEnd(),
    );
    const pages = readPlainText(bytes(paragraphs.join('\n\n')));
    assert.ok(pages.length > 3);
    for (const page of pages) {
      assert.ok(page.text.startsWith('    Paragraph'));
      assert.ok(page.text.length <= 4000);
      assert.equal(page.number, null);
    }
    assert.equal(pages.map(({ text }) => text).join('\n\n'), paragraphs.join('\n\n'));
  });

  it('cuts a text without any border, and not through a surrogate pair', () => {
    const pages = paginate('😀'.repeat(5000), []);
    assert.equal(pages.map(({ text }) => text).join(''), '😀'.repeat(5000));
    for (const { text } of pages) assert.ok(text.isWellFormed());
  });
});

describe('Markdown', () => {
  it('marks headings, not what looks like them in code and YAML', () => {
    const text =
      '---\ntitle: x\n# no\n---\n# One *two*\n\n```sh\n# no\n```\nThree\n=====\nFour\n----\n\n- item\n---\n## [Five](http://x) ##\n#no';
    assert.deepEqual(
      markdownHeadings(text).map(({ level, text: title }) => [level, title]),
      [
        [1, 'One two'],
        [1, 'Three'],
        [2, 'Four'],
        [2, 'Five'],
      ],
    );
    for (const { at } of markdownHeadings(text)) assert.ok(at === 0 || text[at - 1] === '\n');
  });

  it('begins a new page at a heading where it can', () => {
    const text = `# A\n\n${'Words of a. '.repeat(220)}\n\n# B\n\n${'Words of b. '.repeat(220)}`;
    const pages = readMarkdown(bytes(text));
    assert.equal(pages.length, 2);
    assert.ok(pages[1]?.text.startsWith('# B'));
    assert.deepEqual(pages[1]?.headings, [{ at: 0, level: 1, text: 'B' }]);
  });
});

describe('HTML', () => {
  it('never shows scripts, styles, menus or what is hidden', () => {
    const html = `<html><head><title>T</title><style>p{}</style><script>steal()</script></head><body>
      <header>Menu</header><nav>Home</nav><p onclick="x()">Read me<script>alert(1)</script>.</p>
      <p hidden>secret</p><div style="display: none">hidden</div><aside>Ads</aside><svg><text>drawn</text></svg>
      <footer>Imprint</footer></body></html>`;
    assert.equal(htmlText(html), 'Read me.');
  });

  it('reads the article where there is one worth it, with its own title', () => {
    const story = 'The pump is quiet at night. '.repeat(12).trim();
    const html = `<div>Cookie words</div><article><header><h1>Pumps</h1></header><p>${story}</p></article><div>Related links</div>`;
    const [page] = readHtml(bytes(html));
    assert.equal(page?.text, `Pumps\n\n${story}`);
    assert.deepEqual(page?.headings, [{ at: 0, level: 1, text: 'Pumps' }]);
    assert.equal(
      htmlText('<article>Teaser</article><p>What the page is about, at length.</p>'),
      'Teaser\n\nWhat the page is about, at length.',
    );
  });

  it('keeps tables, lists, line breaks and code in shape', () => {
    const html = `<table><tr><th>Part</th><th>Cost</th></tr><tr><td><p>Pump</p></td><td>120 <b>EUR</b></td></tr></table>
      <ul><li>one</li><li>two <em>more</em></li></ul><p>Street 1<br>Town</p><pre>if (a) {\n  b();\n}</pre>`;
    assert.equal(
      htmlText(html),
      'Part | Cost\nPump | 120 EUR\n\n- one\n- two more\n\nStreet 1\nTown\n\nif (a) {\n  b();\n}',
    );
  });

  it('takes a table for layout when it holds headings or tables', () => {
    assert.equal(
      htmlText('<table><tr><td><h2>Title</h2><p>Text</p></td><td>Side</td></tr></table>'),
      'Title\n\nText\n\nSide',
    );
  });

  it('survives nonsense: unclosed, nested ten thousand deep, entities for control characters', () => {
    assert.equal(htmlText('<p>a<div>b</p></span>c'), 'a\n\nb\n\nc');
    assert.equal(htmlText(`${'<div>'.repeat(10_000)}deep`), 'deep');
    assert.equal(htmlText('<p>a&#0;b&#1;c&#xD800;d</p>').includes('\u0000'), false);
  });

  it('reads the encoding that the page declares', () => {
    const latin = Buffer.from('<meta charset="iso-8859-2"><p>\xb1\xe6</p>', 'latin1');
    assert.equal(readHtml(new Uint8Array(latin))[0]?.text, 'ąć');
  });
});

describe('DOCX', () => {
  it('refuses what is cut off, no document, or too large when unpacked', async () => {
    const whole = makeDocx([{ text: 'Hello' }]);
    await assert.rejects(readDocx(new Uint8Array(whole.subarray(0, whole.length - 40))), code('document_damaged'));
    await assert.rejects(
      readDocx(new Uint8Array(makeZip([{ name: 'a.txt', bytes: bytes('a') }]))),
      code('document_damaged'),
    );
    const large = makeDocx(
      [{ text: 'Hello' }],
      [{ name: 'word/media/x.bin', bytes: bytes('x'), claimedSize: 3_000_000_000 }],
    );
    await assert.rejects(readDocx(new Uint8Array(large)), code('document_too_complex'));
  });

  it('reads headings, paragraphs and tables', async () => {
    const docx = makeDocx([
      { heading: 'Costs' },
      { text: 'All in <euros> & cents.' },
      {
        rows: [
          ['Pump', '120'],
          ['Pipe', '30'],
        ],
      },
    ]);
    const [page] = await readDocx(new Uint8Array(docx));
    assert.equal(page?.text, 'Costs\n\nAll in <euros> & cents.\n\nPump | 120\nPipe | 30');
    assert.deepEqual(page?.headings, [{ at: 0, level: 1, text: 'Costs' }]);
  });

  it('lists what a ZIP file holds without unpacking it', () => {
    assert.equal(readZipEntries(bytes('no zip')), null);
    const zip = makeZip([{ name: 'ä.txt', bytes: bytes('abc') }]);
    assert.deepEqual(readZipEntries(new Uint8Array(zip)), [{ name: 'ä.txt', size: 3, encrypted: false }]);
  });
});

describe('PDF', () => {
  it('refuses what is cut off or locked', async () => {
    const whole = makePdf([[{ text: 'Hello' }]]);
    await assert.rejects(openPdf(new Uint8Array(whole.subarray(0, whole.length - 100))), code('document_damaged'));
    await assert.rejects(openPdf(bytes('%PDF-1.4 nonsense %%EOF')), code('document_damaged'));
    await assert.rejects(
      openPdf(new Uint8Array(makePdf([[{ text: 'Hello' }]], { locked: true }))),
      code('document_encrypted'),
    );
  });

  it('reads page by page: paragraphs, headings by their size, words that were hyphenated', async () => {
    const pdf = await openPdf(
      new Uint8Array(
        makePdf([
          [
            { text: 'Heat pumps', size: 20 },
            { text: 'They are quiet, and they ex-', y: 660 },
            { text: 'change heat with the air outside.' },
          ],
          [{ text: 'Second page.' }],
        ]),
      ),
    );
    assert.equal(pdf.pageCount, 2);
    const page = await pdf.page(1);
    assert.equal(page.number, 1);
    assert.equal(page.text, 'Heat pumps\n\nThey are quiet, and they exchange heat with the air outside.');
    assert.deepEqual(page.headings, [{ at: 0, level: 1, text: 'Heat pumps' }]);
    assert.equal((await pdf.page(2)).text, 'Second page.');
  });
});

const folder = fileURLToPath(new URL('../../../../shared/data/documents/', import.meta.url));
const real = {
  skip: existsSync(folder) ? false : 'the real documents are not beside the repository (../shared/data/documents)',
};
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(folder + name));

describe('real documents', real, () => {
  it('PDF: a receipt, an estimate of several pages, numbered clauses in order', async () => {
    const receipt = await (await openPdf(file('RECEIPT-2024-TXN-98765_retail_purchase.pdf'))).page(1);
    for (const wanted of ['TECHMART ELECTRONICS', 'TXN-98765-2024', 'Emily Rodriguez', 'AUDIO-5521'])
      assert.ok(receipt.text.includes(wanted), wanted);
    const estimate = await openPdf(file('REPAIR-2022-INV-001_multipage.pdf'));
    assert.equal(estimate.pageCount, 3);
    const first = await estimate.page(1);
    for (const wanted of ['ZAVA AUTO REPAIR', 'POL-2022-555', '1C4RJFBG2NC123456'])
      assert.ok(first.text.includes(wanted), wanted);
    assert.ok(first.headings.every(({ text }) => text.length <= 120));
    const clauses = await (await openPdf(file('masterformat_partial_numbering.pdf'))).page(1);
    assert.match(clauses.text, /INTENT[\s\S]*\.1 The intent[\s\S]*\.2 Available information/);
  });

  it('DOCX: text, headings', async () => {
    const pages = await readDocx(file('test.docx'));
    const text = pages.map((page) => page.text).join('\n\n');
    for (const wanted of ['AutoGen', '314b0a30-5b04-470b-b9f7-eed2c2bec74a', '49e168b7-d2ae-407f-a055-2167576f39a1'])
      assert.ok(text.includes(wanted), wanted);
    assert.ok(pages.flatMap(({ headings }) => headings).some(({ text: title }) => title === 'Abstract'));
  });

  it('HTML: the article without the menus', () => {
    const text = readHtml(file('test_blog.html'))
      .map((page) => page.text)
      .join('\n\n');
    assert.ok(text.includes('Large language models (LLMs) are powerful tools'));
    for (const menu of ['Skip to main content', 'Recent posts', 'Copyright']) assert.ok(!text.includes(menu), menu);
  });
});

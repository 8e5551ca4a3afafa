// HTML as a reader sees it: the article without the menus around it, never anything of its scripts.
import { Parser } from 'htmlparser2';
import { startBlocks } from './block-writer.ts';
import { type Block, joinBlocks, type PageText } from './blocks.ts';
import { paginate } from './paginate.ts';
import { decodeText } from './text.ts';

/** Elements whose content is not for reading. */
const dropped = new Set(
  `script style noscript template svg math iframe object canvas audio video nav aside footer button select dialog menu title`.split(
    ' ',
  ),
);
const droppedRoles = new Set('navigation banner contentinfo complementary search menu menubar dialog'.split(' '));
/** Elements that begin and end a paragraph. */
const breaking = new Set(
  `address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form header hr
  html legend main menu nav ol p section summary table tbody tfoot thead ul`.split(/\s+/),
);
/** What shows that a table is there for the layout only. */
const dissolving = new Set(['table', 'ul', 'ol', 'pre', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);

type Attributes = Readonly<Record<string, string>>;

function isHidden(attributes: Attributes): boolean {
  return (
    'hidden' in attributes ||
    attributes['aria-hidden'] === 'true' ||
    /display\s*:\s*none/i.test(attributes['style'] ?? '')
  );
}

/** Reads the marked-up text of a whole page, or of a part of one. */
export function readBlocks(html: string): Block[] {
  const all: Block[] = [];
  const article: Block[] = [];
  let articles = 0;
  const writer = startBlocks((block) => {
    all.push(block);
    if (articles > 0) article.push(block);
  });
  const open: { drops: boolean; isArticle: boolean }[] = [];
  let drops = 0;

  function begin(name: string, attributes: Attributes): void {
    if (dissolving.has(name)) writer.dissolveRow();
    if (name === 'br') writer.lineBreak();
    else if (name === 'pre') writer.beginCode();
    else if (name === 'tr') writer.beginRow();
    else if (name === 'td' || name === 'th') writer.beginCell();
    else if (name === 'li') writer.beginItem();
    else if (name === 'img' && (attributes['alt'] ?? '').trim() !== '') writer.text(` ${attributes['alt']} `);
    else if (breaking.has(name) || /^h[1-6]$/.test(name)) writer.endParagraph();
  }
  function end(name: string): void {
    const level = /^h([1-6])$/.exec(name)?.[1];
    if (level !== undefined) writer.endHeading(Number(level));
    else if (name === 'pre') writer.endCode();
    else if (name === 'tr') writer.endRow();
    else if (name === 'td' || name === 'th') writer.endCell();
    else if (name === 'li') writer.endItem();
    else if (breaking.has(name)) writer.endParagraph();
  }

  const parser = new Parser({
    onopentag(name, attributes) {
      const role = attributes['role']?.toLowerCase() ?? '';
      const isArticle = name === 'main' || name === 'article' || role === 'main' || role === 'article';
      // A page's own header is a menu; an article's holds its title.
      const isMenu = dropped.has(name) || droppedRoles.has(role) || (name === 'header' && articles === 0);
      const element = { drops: isMenu || isHidden(attributes), isArticle: isArticle && drops === 0 };
      if (drops === 0) {
        if (!element.drops) begin(name, attributes);
        else if (breaking.has(name)) writer.endParagraph();
      }
      if (element.isArticle) articles += 1;
      if (element.drops) drops += 1;
      open.push(element);
    },
    ontext(text) {
      if (drops === 0) writer.text(text);
    },
    onclosetag(name) {
      const element = open.pop();
      if (element === undefined) return;
      if (element.drops) drops -= 1;
      else if (drops === 0) end(name);
      if (element.isArticle) articles -= 1;
    },
  });
  parser.write(html);
  parser.end();
  writer.endParagraph();
  const length = (blocks: readonly Block[]): number => blocks.reduce((sum, block) => sum + block.text.length, 0);
  // A marked article counts only when it holds a good part of the page: some pages mark their teasers so.
  return length(article) >= Math.max(200, length(all) / 4) ? article : all;
}

export function readHtml(bytes: Uint8Array): PageText[] {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 2048));
  const declared = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]{2,40})/i.exec(start)?.[1];
  const { text, headings } = joinBlocks(readBlocks(decodeText(bytes, declared)));
  return paginate(text, headings);
}

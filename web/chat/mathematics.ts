// Where a text has mathematics, and its several notations as the one that the renderer knows.

/**
 * Inline mathematics between single dollars, by Pandoc's rule: no space inside the dollars, no digit behind the last one.
 * And something of a formula must be in it: what else stands between dollars is money.
 */
const singleDollars = /(?<![\\$])\$(?=[^\s$])((?:\\.|[^$\\\n])*?[^\s$\\])\$(?![\d$])/g;
const isFormula = (body: string): boolean => /[\\^_={}]/.test(body) || /^[A-Za-z]$/.test(body);

export const looksLikeMath = (text: string): boolean =>
  text.includes('$$') ||
  text.includes('\\(') ||
  text.includes('\\[') ||
  [...text.matchAll(singleDollars)].some(([, body]) => isFormula(body ?? ''));

const fence = /(^```[\s\S]*?^```|`[^`\n]+`)/m;

/** Writes the other ways to mark mathematics as the one that the renderer knows; code is left alone. */
export function normaliseMath(text: string): string {
  if (!looksLikeMath(text)) return text;
  const outside = (part: string): string =>
    part
      .replace(/\\\[([\s\S]+?)\\\]/g, (_, body: string) => `$$\n${body.trim()}\n$$`)
      .replace(/\\\((.+?)\\\)/g, (_, body: string) => `$$${body}$$`)
      .replace(singleDollars, (whole, body: string) => (isFormula(body) ? `$$${body}$$` : whole))
      .replace(/^[ \t]*\$\$([^\n$]+)\$\$[ \t]*$/gm, (_, body: string) => `$$\n${body.trim()}\n$$`);
  return text
    .split(fence)
    .map((part, index) => (index % 2 === 1 ? part : outside(part)))
    .join('');
}

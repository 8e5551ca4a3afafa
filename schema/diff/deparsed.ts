// What PostgreSQL's deparser writes, as people write it: keywords in lower case, no parentheses that are one too many.

/** Runs of capitals outside quotes are the deparser's keywords. A function's body never comes here. */
export const lowerKeywords = (text: string): string =>
  text.replace(/(?:\bE)?'(?:[^']|'')*'|"(?:[^"]|"")*"|\b[A-Z][A-Z_]*[A-Z]\b/g, (part) =>
    /['"]/.test(part) ? part : part.toLowerCase(),
  );

/** `((x))` is `(x)`: parentheses that are one too many. Text without its outer pair where there is one. */
export function unwrap(text: string): string {
  const inner = /^\(([\s\S]*)\)$/.exec(text)?.[1];
  return inner !== undefined && isBalanced(inner) && !/^\s*select\b/i.test(inner) ? unwrap(inner) : text;
}

/** Whether the first parenthesis that opens is not closed by one from outside. */
export function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '')) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

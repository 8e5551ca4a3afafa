// The word in a text that asks for completion: `#` for documents, `@` for models.

export type Token = { sign: '#' | '@'; text: string; start: number; end: number };

/** The `#word` or `@word` that ends at the caret. */
export function tokenAt(text: string, caret: number): Token | null {
  const match = /(?:^|\s)([#@])([^\s#@]{0,60})$/.exec(text.slice(0, caret));
  if (!match) return null;
  const [, sign, word = ''] = match;
  const start = caret - word.length - 1;
  return sign === '#' || sign === '@' ? { sign, text: word, start, end: caret } : null;
}

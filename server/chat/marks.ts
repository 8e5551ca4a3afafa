// Finds citation marks in a model's text while it streams: `[2]`, `[1, 3]`, also cut in two by a chunk border. Known
// numbers are renumbered in the order of their appearance, unknown ones are removed; code and links are left alone.

export interface MarkEvents {
  /** Called when passage `number` is cited; returns its position, from 1, or null when there is no such passage. */
  cite(number: number): number | null;
}

const whole = /^\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]/;
/** The longest beginning of a mark; what ends like this is held back until more arrives. Each space has one place in it. */
const beginning = /^\[(?:\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*(?:[,;]\s*)?)?$/;
const longest = 40;

/** Whether what follows could still become a mark, or a mark become a link: only more text tells. */
function isOpen(text: string): boolean {
  if (text === '') return true;
  const mark = whole.exec(text);
  return mark === null ? text.length < longest && beginning.test(text) : mark[0].length === text.length;
}

export interface MarkFilter {
  /** Text in, text that is safe to show out. */
  push(text: string): string;
  /** What was held back at the end. */
  end(): string;
}

export function filterMarks({ cite }: MarkEvents): MarkFilter {
  let held = '';
  let ticks = 0;
  let run = 0;

  /** Inside code when the number of backticks that opened it has not been closed. */
  function watch(char: string): void {
    if (char === '`') {
      run += 1;
      return;
    }
    if (run > 0) {
      if (ticks === 0) ticks = run;
      else if (run === ticks) ticks = 0;
      run = 0;
    }
  }

  function replace(numbers: string): string {
    const positions = numbers.split(/[,;]/).map((number) => cite(Number(number)));
    return [...new Set(positions)].map((position) => (position === null ? '' : `[${position}]`)).join('');
  }

  function drain(final: boolean): string {
    let out = '';
    let at = 0;
    while (at < held.length) {
      const char = held.charAt(at);
      if (char !== '`') watch(char);
      if (!final && ticks === 0 && (char === ' ' || char === '\t') && isOpen(held.slice(at + 1))) break;
      if (char !== '[' || ticks > 0) {
        if (char === '`') watch(char);
        out += char;
        at += 1;
        continue;
      }
      const rest = held.slice(at, at + longest);
      const mark = whole.exec(rest);
      const next = mark === null ? '' : held.charAt(at + mark[0].length);
      // A link's text or a footnote looks like a mark until the next character is there.
      if (!final && isOpen(held.slice(at))) break;
      if (mark?.[1] === undefined || next === '(' || next === ':') {
        out += char;
        at += 1;
        continue;
      }
      const replaced = replace(mark[1]);
      // The space before a removed mark goes with it.
      if (replaced === '' && /[ \t]$/.test(out)) out = out.slice(0, -1);
      out += replaced;
      at += mark[0].length;
    }
    held = held.slice(at);
    return out;
  }

  return {
    push: (text) => {
      held += text;
      return drain(false);
    },
    end: () => drain(true),
  };
}

// The contrast of the tokens, measured in both themes: reading 7:1, the rest of the text 4.5:1, edges of controls 3:1.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** Relative luminance of `oklch(l c h)` (WCAG 2, by way of linear sRGB). */
function luminance(value: string): number {
  assert.match(value, /^oklch/, 'a token that is not there has no contrast');
  const [l = 0, c = 0, h = 0] = (/oklch\(([^/)]+)/.exec(value)?.[1] ?? '').trim().split(/\s+/).map(Number);
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const middle = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const within = (x: number): number => Math.min(1, Math.max(0, x));
  const red = within(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short);
  const green = within(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short);
  const blue = within(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function tokensOf(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(selector)).split('}')[0] ?? '';
  return new Map([...block.matchAll(/--([\w-]+):\s*(oklch\([^;]+)/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

const light = tokensOf(':root');
const themes = { light, dark: new Map([...light, ...tokensOf('[data-theme="dark"]')]) };

const rules: [least: number, front: string[], back: string[]][] = [
  [7, ['ink'], ['paper', 'surface', 'sunken', 'hover', 'mark']],
  [7, ['ink-2'], ['paper', 'surface', 'sunken']],
  [4.5, ['ink-2'], ['hover', 'bad-soft', 'accent-soft']],
  [4.5, ['ink-3', 'accent', 'bad', 'warn', 'info'], ['paper', 'surface', 'sunken']],
  [4.5, ['accent'], ['accent-soft']],
  [4.5, ['bad'], ['bad-soft']],
  [4.5, ['accent-ink'], ['accent']],
  [4.5, ['code-keyword', 'code-string', 'code-number', 'code-name'], ['surface']],
  [3, ['control', 'accent'], ['paper', 'surface']],
];

for (const [theme, tokens] of Object.entries(themes)) {
  test(`contrast in the ${theme} theme`, () => {
    for (const [least, fronts, backs] of rules) {
      for (const front of fronts) {
        for (const back of backs) {
          const pair = [luminance(tokens.get(front) ?? ''), luminance(tokens.get(back) ?? '')].sort((x, y) => y - x);
          const ratio = ((pair[0] ?? 0) + 0.05) / ((pair[1] ?? 0) + 0.05);
          assert.ok(ratio >= least, `${front} on ${back}: ${ratio.toFixed(2)}, wanted ${least}`);
        }
      }
    }
  });
}

// Fetches what renders mathematics when a text first has any.

import { useEffect, useState } from 'react';
import type { MathPlugin } from 'streamdown';

const looksLikeMath = (text: string): boolean => text.includes('$$') || text.includes('\\(') || text.includes('\\[');
let loaded: MathPlugin | null = null;

async function load(): Promise<MathPlugin> {
  const [{ createMathPlugin }] = await Promise.all([import('@streamdown/math'), import('katex/dist/katex.min.css')]);
  const plugin = loaded ?? createMathPlugin({ singleDollarTextMath: false });
  loaded = plugin;
  return plugin;
}

const fence = /(^```[\s\S]*?^```|`[^`\n]+`)/m;

/** Writes the other ways to mark mathematics as the one that the renderer knows; code is left alone. */
export function normaliseMath(text: string): string {
  if (!looksLikeMath(text)) return text;
  const outside = (part: string): string =>
    part
      .replace(/\\\[([\s\S]+?)\\\]/g, (_, body: string) => `$$\n${body.trim()}\n$$`)
      .replace(/\\\((.+?)\\\)/g, (_, body: string) => `$$${body}$$`)
      .replace(/^[ \t]*\$\$([^\n$]+)\$\$[ \t]*$/gm, (_, body: string) => `$$\n${body.trim()}\n$$`);
  return text
    .split(fence)
    .map((part, index) => (index % 2 === 1 ? part : outside(part)))
    .join('');
}

export function useMath(text: string): MathPlugin | null {
  const wanted = looksLikeMath(text);
  const [math, setMath] = useState(loaded);
  useEffect(() => {
    if (!wanted || math) return;
    let gone = false;
    void load().then((plugin) => (gone ? undefined : setMath(plugin)));
    return () => {
      gone = true;
    };
  }, [wanted, math]);
  return wanted ? math : null;
}

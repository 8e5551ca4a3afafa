// Fetches what renders mathematics when a text first has any.

import { useEffect, useState } from 'react';
import type { MathPlugin } from 'streamdown';
import { looksLikeMath } from './mathematics.ts';

let loaded: MathPlugin | null = null;

async function load(): Promise<MathPlugin> {
  const [{ createMathPlugin }] = await Promise.all([import('@streamdown/math'), import('katex/dist/katex.min.css')]);
  const plugin = loaded ?? createMathPlugin({ singleDollarTextMath: false });
  loaded = plugin;
  return plugin;
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

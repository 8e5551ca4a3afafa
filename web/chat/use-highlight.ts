// Colours code with the highlighter that comes with the Markdown renderer; its grammars are fetched as they are needed.

import { useEffect, useState } from 'react';
import type { CodeHighlighterPlugin, HighlightResult } from 'streamdown';

export type Line = { key: number; tokens: { key: number; text: string; color: string | null }[] };

const paint = (color: string, ...scope: string[]) => ({ scope, settings: { foreground: `var(--code-${color})` } });

/** Colours are the page's own, so that light and dark need no second pass. */
const theme = {
  name: 'loam',
  type: 'light' as const,
  fg: 'var(--ink)',
  bg: 'transparent',
  settings: [
    { settings: { foreground: 'var(--ink)' } },
    paint('comment', 'comment', 'punctuation.definition.comment'),
    paint('keyword', 'keyword', 'storage', 'constant.language', 'variable.language', 'entity.name.tag'),
    paint('string', 'string', 'string punctuation', 'markup.inserted', 'constant.character.escape'),
    paint('number', 'constant.numeric', 'constant.other', 'support.constant', 'markup.deleted'),
    paint('name', 'entity.name.function', 'support.function', 'entity.name.type', 'entity.name.class', 'support.type'),
    {
      scope: ['keyword.operator', 'punctuation'],
      settings: { foreground: 'var(--ink)' },
    },
  ],
};

let plugin: Promise<CodeHighlighterPlugin> | null = null;

function loadPlugin(): Promise<CodeHighlighterPlugin> {
  plugin ??= import('@streamdown/code').then(({ createCodePlugin }) => createCodePlugin({ themes: [theme, theme] }));
  return plugin;
}

function linesOf(result: HighlightResult): Line[] {
  return result.tokens.map((line, key) => ({
    key,
    tokens: line.map((token, index) => ({
      key: index,
      text: token.content,
      color: token.color ?? token.htmlStyle?.color ?? null,
    })),
  }));
}

/** Null until there are colours. A block that is still being written is coloured when it is whole. */
export function useHighlight(code: string, language: string, writing: boolean): Line[] | null {
  const [painted, setPainted] = useState<{ code: string; lines: Line[] } | null>(null);
  useEffect(() => {
    if (writing || language === '') return;
    let gone = false;
    const show = (result: HighlightResult): void => {
      if (!gone) setPainted({ code, lines: linesOf(result) });
    };
    void loadPlugin().then((loaded) => {
      if (!loaded.supportsLanguage(language)) return;
      const ready = loaded.highlight({ code, language, themes: [theme, theme] }, show);
      if (ready) show(ready);
    });
    return () => {
      gone = true;
    };
  }, [code, language, writing]);
  return painted?.code === code ? painted.lines : null;
}

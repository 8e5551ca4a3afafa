// Every relative link in the documentation leads somewhere, and what it says of a source file is still in that file.
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { isThere, type Page, readPages, readRepository, withoutBlocks } from './documents.ts';

const pages = readPages();

interface Link {
  readonly label: string;
  readonly target: string;
}

/** `[label](target)`, pictures too, and the addresses of HTML's pictures. */
function linksOf(text: string): readonly Link[] {
  const prose = withoutBlocks(text);
  return [
    ...[...prose.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].map(([, label = '', target = '']) => ({ label, target })),
    ...[...prose.matchAll(/\bsrc(?:set)?="([^"]+)"/g)].map(([, target = '']) => ({ label: '', target })),
  ];
}

/** As GitHub makes them of headings. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
const anchorsOf = (text: string): readonly string[] =>
  [...withoutBlocks(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** A label that is a name in backticks promises that the name stands in the file. */
function nameProblem(label: string, path: string): string | null {
  const name = /^`([A-Za-z_][\w.]*)`$/.exec(label)?.[1];
  if (name === undefined || !/\.(ts|tsx|mjs|sql)$/.test(path) || name.endsWith('.ts')) return null;
  return new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}\\b`).test(readRepository(path))
    ? null
    : `${name} is not in ${path}`;
}

export function linkProblems({ path, text }: Page): readonly string[] {
  return linksOf(text).flatMap(({ label, target }) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const there = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
    if (there.startsWith('..') || !isThere(there)) return [`${path}: ${target} is not there`];
    if (anchor !== undefined && !anchorsOf(readRepository(there)).includes(anchor))
      return [`${path}: ${target} has no such heading`];
    const problem = nameProblem(label, there);
    return problem === null ? [] : [`${path}: ${problem}`];
  });
}

test('planted mistakes are found', () => {
  const text =
    '[a](nowhere.md) [b](README.md#nothing) [`noSuchName`](core/config.ts) [c](https://example.org) <img src="none.png">';
  assert.deepEqual(linkProblems({ path: 'planted.md', text }), [
    'planted.md: nowhere.md is not there',
    'planted.md: README.md#nothing has no such heading',
    'planted.md: noSuchName is not in core/config.ts',
    'planted.md: none.png is not there',
  ]);
  assert.deepEqual(
    linkProblems({ path: 'planted.md', text: '```\n[a](nowhere.md)\n```\n[`readConfig`](core/config.ts)' }),
    [],
  );
});

test('all links lead somewhere', () => {
  assert.ok(pages.length > 30);
  assert.equal(pages.flatMap(linkProblems).join('\n'), '');
});

test('every page of docs can be reached from the README', () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { target } of linksOf(readRepository(path))) {
      const [file = ''] = target.split('#');
      const next = posix.normalize(posix.join(posix.dirname(path), file));
      const found = next.endsWith('/') ? `${next}README.md` : next;
      if (!/^[a-z]+:/.test(target) && file !== '' && found.endsWith('.md') && isThere(found)) visit(found);
    }
  };
  visit('README.md');
  const lost = pages.map(({ path }) => path).filter((path) => path.startsWith('docs/') && !reached.has(path));
  assert.deepEqual(lost, []);
});

test('diagrams keep to what every Mermaid understands', () => {
  const diagrams = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(([, diagram = '']) => ({ path, diagram })),
  );
  assert.ok(diagrams.length >= 4);
  const known =
    /^\s*(flowchart (TB|LR)|sequenceDiagram|subgraph \w+\["[^"]+"\]|end|loop .+|participant \w+ as [\w ]+|Note over \w+,\w+: .+|\w+\["[^"]+"\]|\w+( -->(\|"[^"]+"\|)? \w+)+|\w+--?>>\w+: .+)$/;
  const entities =
    /^\s*(erDiagram|\w+( \{)?|\}|[\w()[\]-]+ [\w-]+( PK| FK| PK, FK)?|\w+ (\|\||\|o)--(o\||o\{) \w+ : "[^"]+")$/;
  for (const { path, diagram } of diagrams)
    for (const line of diagram.split('\n').filter((each) => each.trim() !== ''))
      assert.match(line, diagram.startsWith('erDiagram') ? entities : known, path);
});

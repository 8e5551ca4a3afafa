// An answer's Markdown with its citations, code, tables and mathematics. Loaded with the first answer, not before.

import { useMemo } from 'react';
import { defaultRemarkPlugins, Streamdown, type StreamdownProps } from 'streamdown';
import type { Citation } from '../api/messages.ts';
import { CitationContext } from './citation-context.ts';
import { CitationMark } from './citation-mark.tsx';
import { citationMarks } from './citation-marks.ts';
import { CodeBlock } from './code-block.tsx';
import { plainElements } from './markdown-elements.tsx';
import './prose.css';
import { normaliseMath } from './mathematics.ts';
import { useMath } from './use-math.ts';

const components: NonNullable<StreamdownProps['components']> = {
  ...plainElements,
  code: (props: object) => <CodeBlock {...props} />,
  'cite-mark': (props: object) => <CitationMark {...props} />,
};
const allowedTags = { 'cite-mark': ['n'] };
const linkSafety = { enabled: false };

const remarkPluginsFor = (known: string): NonNullable<StreamdownProps['remarkPlugins']> => [
  ...Object.values(defaultRemarkPlugins),
  [citationMarks, { known }],
];

type Props = { text: string; writing: boolean; citations: Citation[] };

export function Markdown({ text, writing, citations }: Props) {
  const known = citations.map((citation) => citation.position).join(',');
  const remarkPlugins = useMemo(() => remarkPluginsFor(known), [known]);
  const byPosition = useMemo(() => new Map(citations.map((each) => [each.position, each])), [citations]);
  const math = useMath(text);
  return (
    <CitationContext value={byPosition}>
      <Streamdown
        className="prose"
        components={components}
        remarkPlugins={remarkPlugins}
        allowedTags={allowedTags}
        linkSafety={linkSafety}
        controls={false}
        dir="auto"
        mode="streaming"
        parseIncompleteMarkdown={writing}
        isAnimating={writing}
        {...(math ? { plugins: { math } } : {})}
      >
        {normaliseMath(text)}
      </Streamdown>
    </CitationContext>
  );
}

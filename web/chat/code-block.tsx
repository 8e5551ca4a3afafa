// A block of code: its language, a button that copies it, and colours as soon as the highlighter is there.

import { Check, Copy } from 'lucide-react';
import { Children, type ReactNode } from 'react';
import { useIsCodeFenceIncomplete } from 'streamdown';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { useCopy } from '../ui/use-copy.ts';
import { useHighlight } from './use-highlight.ts';

const languageOf = (className = ''): string => /language-([^\s]+)/.exec(className)?.[1] ?? '';

const codeOf = (children: ReactNode): string =>
  Children.toArray(children)
    .filter((child) => typeof child === 'string')
    .join('')
    .replace(/\n$/, '');

export function CodeBlock({ className, children }: { className?: string | undefined; children?: ReactNode }) {
  const language = languageOf(className);
  const code = codeOf(children);
  const writing = useIsCodeFenceIncomplete();
  const lines = useHighlight(code, language, writing);
  const [copied, copy] = useCopy();
  return (
    <figure className="code-block" dir="ltr">
      <figcaption>
        <span>{language === '' ? strings.chat.codeText : language}</span>
        <IconButton
          small
          label={copied ? strings.copied : strings.chat.copyCode}
          icon={copied ? Check : Copy}
          onClick={() => copy(code)}
        />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>
        <code>
          {lines === null
            ? code
            : lines.map((line) => (
                <span key={line.key}>
                  {line.tokens.map((token) => (
                    <span key={token.key} style={token.color ? { color: token.color } : undefined}>
                      {token.text}
                    </span>
                  ))}
                  {'\n'}
                </span>
              ))}
        </code>
      </pre>
    </figure>
  );
}

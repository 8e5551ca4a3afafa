// The elements of Markdown as plain HTML, so that prose.css alone decides how they look.

import { createElement, type ReactNode } from 'react';
import { strings } from '../strings.ts';

/** What the renderer hands to every element: attributes of any kind, and the node it came from. */
type Props = { [name: string]: unknown; children?: ReactNode };

const names = [
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'p',
  'ul',
  'ol',
  'li',
  'blockquote',
  'hr',
  'strong',
  'sub',
  'sup',
] as const;
const cells = ['thead', 'tbody', 'tr', 'th', 'td'] as const;

/** What the parser adds for its own use never reaches the page. */
function own({ node: _node, className, ...rest }: Props): Props {
  const kept =
    typeof className === 'string'
      ? className.split(' ').filter((name) => /^(task-list|contains-task|footnote)/.test(name))
      : [];
  return kept.length > 0 ? { ...rest, className: kept.join(' ') } : rest;
}

const plain = (name: string) => (props: object) => createElement(name, own({ ...props }));

const aligned = (name: string) => (props: object) => {
  const { style, align, ...rest } = own({ ...props });
  return createElement(name, { ...rest, ...(typeof align === 'string' ? { 'data-align': align } : { style }) });
};

/** A table scrolls inside itself when it is wider than the page. */
function Table({ children }: { children?: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={strings.chat.table}>
      <table>{children}</table>
    </section>
  );
}

type AnchorProps = { href?: string | undefined; children?: ReactNode };

function Anchor({ href, children }: AnchorProps) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Images from elsewhere are not fetched; their address can be followed. */
function Picture({ src, alt }: { src?: unknown; alt?: string | undefined }) {
  const address = typeof src === 'string' ? src : undefined;
  return <Anchor href={address}>{alt || address}</Anchor>;
}

/** A box in a list of tasks: it shows, it cannot be changed. */
function Tick({ checked = false }: { checked?: boolean }) {
  return (
    <input
      type="checkbox"
      disabled
      checked={checked}
      readOnly
      aria-label={checked ? strings.chat.done : strings.chat.toDo}
    />
  );
}

function InlineCode({ children }: { children?: ReactNode }) {
  return <code>{children}</code>;
}

export const plainElements = {
  ...Object.fromEntries(names.map((name) => [name, plain(name)])),
  ...Object.fromEntries(cells.map((name) => [name, aligned(name)])),
  table: (props: object) => <Table {...props} />,
  a: (props: object) => <Anchor {...props} />,
  img: (props: object) => <Picture {...props} />,
  input: (props: object) => <Tick {...props} />,
  inlineCode: (props: object) => <InlineCode {...props} />,
};

// Options of wrappers, servers, foreign tables and their columns: `name=value` in the catalog.
import { quoteName, quoteText } from '../quote.ts';

const split = (option: string): readonly [name: string, value: string] => {
  const at = option.indexOf('=');
  return [option.slice(0, at), option.slice(at + 1)];
};

/** ` options (host 'x', port '1')`, or nothing. */
export const optionList = (options: readonly string[]): string =>
  options.length === 0
    ? ''
    : ` options (${options
        .map(split)
        .map(([name, value]) => `${quoteName(name)} ${quoteText(value)}`)
        .join(', ')})`;

/** ` options (set host 'y', add port '1', drop user)`, or nothing where they are equal. */
export function optionChanges(from: readonly string[], to: readonly string[]): string {
  const [before, after] = [new Map(from.map(split)), new Map(to.map(split))];
  const changes = [
    ...[...after].flatMap(([name, value]) => {
      if (before.get(name) === value) return [];
      return [`${before.has(name) ? 'set' : 'add'} ${quoteName(name)} ${quoteText(value)}`];
    }),
    ...[...before.keys()].filter((name) => !after.has(name)).map((name) => `drop ${quoteName(name)}`),
  ];
  return changes.length === 0 ? '' : ` options (${changes.join(', ')})`;
}

// Expressions as PostgreSQL deparses them: made comparable, and written as people would.

type Group = (string | Group)[];

/** Parentheses as nested lists; what stands in quotes is never looked into. */
function parse(text: string): Group {
  const root: Group = [];
  const open: Group[] = [root];
  for (const [part] of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|[^'"()]+/g)) {
    const here = open.at(-1) ?? root;
    if (part === '(') {
      const inner: Group = [];
      here.push(inner);
      open.push(inner);
    } else if (part === ')' && open.length > 1) open.pop();
    else here.push(part);
  }
  return root;
}

/** `OR` or `AND` where all of a group's own members are joined by that alone. */
function connector(group: Group): string | null {
  const words = group.flatMap((part) =>
    typeof part === 'string' ? (part.match(/^\W*\b(OR|AND)\b|\b(OR|AND)\b\W*$|\b(OR|AND|BETWEEN)\b/g) ?? []) : [],
  );
  const found = new Set(words.map((word) => word.trim()));
  const [only] = found;
  return found.size === 1 && (only === 'OR' || only === 'AND') ? only : null;
}

function print(group: Group): string {
  const own = connector(group);
  return group
    .map((part) => {
      if (typeof part === 'string') return part;
      const inner = print(part);
      return own !== null && connector(part) === own ? inner : `(${inner})`;
    })
    .join('');
}

/** `((a OR b) OR c)` is `(a OR b OR c)`: after another parse PostgreSQL itself writes it so. Of no other meaning. */
export const flatten = (text: string): string => print(parse(text));

const short: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'character varying': 'varchar',
};

/** Names of types as people write them. Not within quotes. */
export const shortTypes = (text: string): string =>
  text.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\b(?:timestamp with(?:out)? time zone|character varying)\b/g, (part) =>
    Object.hasOwn(short, part) ? (short[part] ?? part) : part,
  );

const literal = `'(?:[^']|'')*'`;
const list = new RegExp(`([\\w"]+) = any \\(array\\[(${literal}(?:, ${literal})*)\\]\\)`, 'g');
const between = /\((\w+|\w+\(\w+\)) >= (\d+)\) and \(\1 <= (\d+)\)/g;

/** A check over columns of type text: casts to text say nothing there. */
export const tidyCheck = (text: string, onText: boolean): string => {
  const plain = onText ? text.replace(new RegExp(`(${literal})::text\\b(?!\\[)`, 'g'), '$1') : text;
  return plain
    .replace(list, '$1 in ($2)')
    .replace(between, '$1 between $2 and $3')
    .replace(/\((-?\d+)\)::(?:numeric|bigint)/g, '$1');
};

/** A literal's cast to the column's own type says nothing in its default; a cast with a length is written again as it was. */
export function tidyDefault(text: string, type: string): string {
  const [, value, cast] = new RegExp(`^(${literal})::(.+)$`, 's').exec(text) ?? [];
  return value !== undefined && cast === type.replace(/\(.*\)/, '') ? value : text;
}

/** `name text default 'x'::text` in a list of arguments: as for a column, the cast says nothing. */
export const tidyArguments = (text: string): string =>
  text.replace(new RegExp(` ([^,()']+) default (${literal}|null)::\\1(?=[,)])`, 'g'), ' $1 default $2');

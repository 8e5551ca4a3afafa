// Which keys of raw_user_meta_data the triggers of a project read when somebody signs up, and what they take: out of the
// functions' text, since nothing else says so.
import type { Catalog, Column, Table } from '../catalog/model.ts';
import { readRules } from './rules.ts';
import type { TriggerBody } from './trigger-bodies.ts';

export interface AccountKey {
  readonly key: string;
  /** The only values that it may have; null: anything. */
  readonly allowed: readonly string[] | null;
  /** Where it ends up, when that was found. */
  readonly column: Column | null;
  /** Without it the account is refused. */
  readonly required: boolean;
}

const quoted = `'(?:[^']|'')*'`;
const constants = (list: string): readonly string[] =>
  [...list.matchAll(new RegExp(quoted, 'g'))].map(([text]) => text.slice(1, -1).replaceAll("''", "'"));

/** At commas outside of brackets and quotes; ends at the bracket that closes what was open before `text`. */
function splitList(text: string): readonly string[] {
  const parts: string[] = [];
  let [depth, from, inside] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === "'") inside = !inside;
    if (inside) continue;
    if (char === '(' || char === '[') depth += 1;
    if (char === ')' || char === ']') depth -= 1;
    const ends =
      depth < 0 ||
      char === ';' ||
      (depth === 0 && /^\s(?:on\s+conflict|returning|from)\b/i.test(text.slice(at, at + 14)));
    if (!ends && (char !== ',' || depth > 0)) continue;
    parts.push(text.slice(from, at));
    if (ends) return parts;
    from = at + 1;
  }
  return [...parts, text.slice(from)];
}

interface Insertion {
  readonly table: Table;
  readonly column: Column;
  readonly expression: string;
}

/** `insert into t (a, b) values (x, y)` and `… select x, y`: which expression goes into which column. */
function insertionsOf(body: string, catalog: Catalog): readonly Insertion[] {
  const statement = /insert\s+into\s+([\w."]+)(?:\s+as\s+\w+)?\s*\(([^)]*)\)\s*(?:values\s*\(|\(?\s*select\s)/gi;
  return [...body.matchAll(statement)].flatMap((match) => {
    const name = (match[1] ?? '').replaceAll('"', '');
    const table = catalog.tables.find((each) => `${each.schema}.${each.name}` === name || each.name === name);
    const names = (match[2] ?? '').split(',').map((each) => each.trim().replaceAll('"', ''));
    const expressions = splitList(body.slice(match.index + match[0].length));
    return names.flatMap((each, index): Insertion[] => {
      const column = table?.columns.find((one) => one.name === each);
      const expression = expressions[index];
      return table === undefined || column === undefined || expression === undefined
        ? []
        : [{ table, column, expression }];
    });
  });
}

/** How a body writes the value of `key`: the access itself, and variables that were given it. */
function subjectsOf(body: string, key: string): readonly string[] {
  const access = `->>?\\s*'${key}'`;
  // `name := …`, `name type := …` and `… into name`: the word before a name may be a type's or a keyword.
  const until = `:=\\s*(?:(?!;|\\bif\\b|\\bthen\\b)[\\s\\S])*?${access}`;
  const assigned = [
    ...body.matchAll(new RegExp(`\\b(\\w+)\\s*${until}`, 'gi')),
    ...body.matchAll(new RegExp(`\\b(\\w+)\\s+[\\w.]+\\s*${until}`, 'gi')),
    ...body.matchAll(new RegExp(`${access}[^;]*?\\binto\\s+(?:strict\\s+)?(\\w+)`, 'gi')),
  ];
  const names = assigned
    .map(([, name]) => name ?? '')
    .filter((name) => !/^(new|old|begin|then|else|loop|declare|set|text|jsonb?)$/i.test(name));
  return [access, ...new Set(names.map((name) => `\\b${name}\\b`))];
}

const closing = `(?:\\s*\\)|\\s*,\\s*${quoted}|\\s*::\\s*[\\w."]+)*`;

function listedIn(body: string, subject: string): readonly string[] | null {
  const list = new RegExp(
    `${subject}${closing}\\s+(?:not\\s+)?(?:in|(?:=|<>)\\s*(?:any|all))\\s*\\(\\s*(?:array\\s*\\[)?\\s*(${quoted}(?:\\s*,\\s*${quoted})*)`,
    'i',
  ).exec(body)?.[1];
  return list === undefined ? null : constants(list);
}

function enumOf(body: string, subject: string, catalog: Catalog): readonly string[] | null {
  const name = subject.replaceAll('\\b', '');
  const cast = new RegExp(`${subject}(?:\\s*\\)|\\s*,\\s*${quoted})*\\s*::\\s*([\\w."]+)`, 'gi');
  const types = [
    ...[...body.matchAll(cast)].map(([, type]) => type ?? ''),
    ...(/^\w+$/.test(name) ? [new RegExp(`\\b${name}\\s+([\\w."]+)\\s*(?:;|:=)`, 'i').exec(body)?.[1] ?? ''] : []),
  ].map((type) => type.replaceAll('"', '').replace(/^.*\./, ''));
  return catalog.enums.find((each) => types.includes(each.name))?.values ?? null;
}

function allowedIn({ table, column }: Insertion, catalog: Catalog): readonly string[] | null {
  const labels = catalog.enums.find((each) => each.schema === column.typeSchema && each.name === column.typeName);
  if (labels !== undefined) return labels.values;
  const checks = table.constraints.filter(({ kind }) => kind === 'check').map(({ text }) => text);
  return readRules(checks).get(column.name)?.allowed ?? null;
}

function readKey(key: string, body: string, catalog: Catalog): AccountKey {
  const subjects = subjectsOf(body, key);
  const insertion = insertionsOf(body, catalog).find(({ expression }) =>
    subjects.some((subject) => new RegExp(subject, 'i').test(expression)),
  );
  const first = <T>(read: (subject: string) => T | null): T | null =>
    subjects.map(read).find((found) => found !== null) ?? null;
  const { column } = insertion ?? { column: null };
  const isTested = subjects.some((subject) =>
    new RegExp(
      `${subject}${closing}\\s*(?:is\\s+null|=\\s*''|not\\s+in\\b|~)|(?:length|trim)\\s*\\([^;]{0,60}?${subject}`,
      'i',
    ).test(body),
  );
  return {
    key,
    allowed:
      first((subject) => listedIn(body, subject)) ??
      first((subject) => enumOf(body, subject, catalog)) ??
      (insertion === undefined ? null : allowedIn(insertion, catalog)),
    column,
    required: isTested || (column?.notNull === true && column.default === null),
  };
}

/** In the order in which they are read first. */
export function accountKeys(catalog: Catalog, bodies: readonly TriggerBody[]): readonly AccountKey[] {
  const found = new Map<string, AccountKey>();
  for (const { body } of bodies) {
    if (!body.includes('raw_user_meta_data')) continue;
    const alias = [
      ...body.matchAll(/(\w+)(?:\s+jsonb?)?\s*:=\s*(?:coalesce\s*\(\s*)?(?:new\.)?raw_user_meta_data\b(?!\s*->)/gi),
    ];
    const from = ['raw_user_meta_data', ...alias.map(([, name]) => name ?? '')].join('|');
    const access = new RegExp(`\\b(?:${from})"?\\s*\\)?(?:::jsonb?)?\\)?\\s*->>?\\s*'(\\w+)'`, 'gi');
    for (const [, key] of body.matchAll(access)) {
      if (key === undefined) continue;
      const read = readKey(key, body, catalog);
      const known = found.get(key);
      if (known === undefined || (read.required && !known.required)) found.set(key, read);
    }
  }
  return [...found.values()];
}

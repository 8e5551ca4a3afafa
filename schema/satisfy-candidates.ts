// What a column might hold so that a CHECK accepts it: what stands in the check itself, what its type has, what it is
// compared with. Whether it helps is for the database to say.
import type { Catalog, Column } from './catalog/model.ts';
import { textFor } from './seed/pattern.ts';
import { hashText, randomFrom } from './seed/random.ts';
import { constantsIn } from './seed/rules.ts';

export type Row = ReadonlyMap<string, string | null>;

/** Values for columns that belong together, each as the columns are: all keys of a parent. */
export interface Candidate {
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | null)[])[];
}

const numeric = /^(int[248]|float[48]|numeric|money)$/;
const texty = /^(text|varchar|bpchar|citext|name)$/;
const timely = /^(timestamptz|timestamp|date)$/;
const documents = ['{}', '[]', '["a"]', '{"a": "a"}', '[{}]', '"a"', '1', 'true'];
const samples = ['a', 'A', 'en', 'en-GB', 'USD', '#aabbcc', '1.0.0', '+15555550001', '12:00', '/a', 'a/b', 'sk-a'];

const baseOf = ({ domains }: Catalog, { typeSchema, typeName, typeKind }: Column): string => {
  if (typeKind !== 'domain') return typeName;
  const type = domains.find(({ schema, name }) => schema === typeSchema && name === typeName)?.type ?? '';
  const bare = type.replace(/\(.*\)/, '').replace(/^.*\./, '');
  const short: Readonly<Record<string, string>> = {
    'character varying': 'varchar',
    character: 'bpchar',
    integer: 'int4',
    bigint: 'int8',
    smallint: 'int2',
    boolean: 'bool',
    'double precision': 'float8',
    real: 'float4',
    'timestamp with time zone': 'timestamptz',
    'timestamp without time zone': 'timestamp',
  };
  return short[bare] ?? bare;
};

/** Texts of the length, of the pattern, of the shape that the constants of a check speak of; each made from what is there. */
function textsFor(constants: readonly string[], now: string): readonly string[] {
  const filler = now === '' ? 'a' : now;
  const lengths = constants.map(Number).filter((length) => Number.isInteger(length) && length > 0 && length <= 1_024);
  const near = [...new Set(lengths.flatMap((length) => [length, length + 1, length - 1]))].filter((each) => each > 0);
  const random = randomFrom(hashText(filler));
  const patterns = constants.filter((each) => /[\^$[\]\\*+{]/.test(each));
  const liked = constants.filter((each) => /[%_]/.test(each)).map((each) => each.replaceAll('%', filler));
  return [
    ...patterns
      .flatMap((pattern) => [textFor(pattern, random), textFor(pattern, random)])
      .filter((each) => each !== null),
    // The end of a text is what tells it from others.
    ...near.map((length) => filler.padStart(length, 'a').slice(-length)),
    ...near.map((length) => String(hashText(filler)).padStart(length, '0').slice(-length)),
    ...liked,
    ...[now.toLowerCase(), now.toUpperCase(), now.trim(), now.replaceAll(/\W/g, '')],
    ...[`https://example.com/${now}`, `${now}@example.com`, `/${now}`, `a/${now}`, ''],
    ...samples,
  ];
}

/** Candidates for one column, without what it holds now: null first where it may be, then what the checks name. */
export function candidatesFor(
  catalog: Catalog,
  column: Column,
  row: Row,
  checks: readonly string[],
): readonly (string | null)[] {
  const now = row.get(column.name) ?? null;
  const base = baseOf(catalog, column);
  const constants = [...new Set(checks.flatMap((text) => constantsIn(`CHECK (${text})`)))];
  const found: (string | null)[] = column.notNull ? [] : [null];
  if (column.array || base.startsWith('_')) {
    const items = constants.filter((each) => !/["\\{}]/.test(each)).map((each) => `{"${each}"}`);
    found.push(now, '{}', ...items, '{a}', '{1}', '{a,b}', '{1,2}');
  } else if (column.typeKind === 'enum') {
    const labels = catalog.enums.find(({ schema, name }) => schema === column.typeSchema && name === column.typeName);
    found.push(...(labels?.values ?? []));
  } else if (base === 'bool') found.push('true', 'false');
  else if (numeric.test(base)) {
    const given = constants.filter((each) => each.trim() !== '' && Number.isFinite(Number(each)));
    const near = given.flatMap((each) => [Number(each), Number(each) + 1, Number(each) - 1]);
    found.push(...[...near, 0, 1, 2, 3, 5, 10, 50, 100, 1000].map(String));
    if (!base.startsWith('int')) found.push('0.5');
  } else if (timely.test(base))
    found.push(...constants.filter((each) => /^\d{4}-/.test(each)), '2026-01-01', '2020-01-01', '2099-01-01');
  else if (base === 'json' || base === 'jsonb')
    found.push(...documents, ...constants.map((each) => `{"${each}": "a"}`));
  else if (texty.test(base)) found.push(...constants, ...textsFor(constants, now ?? ''));
  else found.push(...constants);
  const limit = column.typmod > 4 && /^(varchar|bpchar)$/.test(base) ? column.typmod - 4 : Number.POSITIVE_INFINITY;
  return [...new Set(found)].filter((each) => each !== now && (each === null || each.length <= limit)).slice(0, 60);
}

/** Walks a condition's text and names every `left operator right` that stands alone in its parentheses; IN among them. */
export function comparisons(text: string): readonly (readonly [left: string, operator: string, right: string])[] {
  const found: (readonly [string, string, string])[] = [];
  const open: number[] = [];
  // Quoted text is as long as before but says nothing.
  const masked = text.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"/g,
    (each) => each[0] + '_'.repeat(each.length - 2) + each[0],
  );
  for (let at = 0; at < masked.length; at++) {
    if (masked[at] === '(') open.push(at + 1);
    if (masked[at] !== ')') continue;
    const start = open.pop() ?? 0;
    let flat = '';
    let depth = 0;
    for (const char of masked.slice(start, at)) {
      if (char === ')') depth -= 1;
      flat += depth > 0 ? '_' : char;
      if (char === '(') depth += 1;
    }
    const operators = [...flat.matchAll(/ (=|<>|<=|>=|<|>|AND|OR|IS|IN|~\S*|!~\S*) /g)];
    const [only] = operators;
    if (only === undefined || operators.length > 1 || !/^([=<>]+|IN)$/.test(only[1] ?? '')) continue;
    const inner = text.slice(start, at);
    found.push([inner.slice(0, only.index), only[1] ?? '', inner.slice(only.index + only[0].length)]);
  }
  return found;
}

const constant = /^\(*(?:'(?:[^']|'')*'|-?[\d.]+|true|false|NULL)\)*(?:::[\w. "]+(?:\([\d,]+\))?)?\)*$/i;

/** What a condition compares a column with, as SQL that makes the comparison hold: `right(token, 4)`, `starts_at + 1 day`. */
export function comparedWith(condition: string, column: Column): readonly string[] {
  const bare = column.name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const itself = new RegExp(`^\\(*"?${bare}"?\\)*(?:::[\\w. "]+)?\\)*$`);
  const mentioned = new RegExp(`(?<![\\w"])"?${bare}"?(?!\\w)`);
  const step = numeric.test(column.typeName) ? '1' : timely.test(column.typeName) ? "interval '1 day'" : null;
  return comparisons(condition).flatMap(([left, operator, right]) => {
    const other = itself.test(left) ? right : itself.test(right) ? left : null;
    if (
      other === null ||
      operator === 'IN' ||
      constant.test(other) ||
      mentioned.test(other) ||
      /^(ANY|ALL) /.test(other)
    )
      return [];
    if (operator === '=') return [other];
    return [
      ...(operator === '<>' ? [] : [other]),
      ...(step === null ? [] : [`(${other}) + ${step}`, `(${other}) - ${step}`]),
    ];
  });
}

// Finds what to change in rows so that the CHECKs of their table accept them. The database itself is asked, in one query:
// every combination of candidate values, fewest changes first. Nothing is written.
import type { Catalog, Column, Table } from './catalog/model.ts';
import { quoteName, quoteQualified, quoteText } from './quote.ts';
import { type Candidate, candidatesFor, comparedWith, type Row } from './satisfy-candidates.ts';
import type { Session } from './session.ts';
import { loadParser } from './validate/syntax.ts';

export type { Candidate, Row } from './satisfy-candidates.ts';

/** What has to hold besides the table's CHECKs: the bounds of partitions, for instance. SQL over its columns. */
export interface Condition {
  readonly name: string;
  readonly columns: readonly string[];
  readonly expression: string;
}

export interface Question {
  readonly catalog: Catalog;
  readonly table: Table;
  /** As they would be inserted: what is left out takes its default. All of them get the same changes. */
  readonly rows: readonly Row[];
  /** The constraint or condition that refused them; a domain's too. */
  readonly violated: string;
  readonly conditions?: readonly Condition[];
  /** Columns that stay as they are. */
  readonly fixed?: ReadonlySet<string>;
  /** Columns that are changed only where nothing else helps. */
  readonly reluctant?: ReadonlySet<string>;
  /** What the caller knows and the checks do not: other parents of a foreign key, samples. Preferred to what is made up. */
  readonly candidates?: readonly Candidate[];
  /** Only values that stand by themselves, for callers that cannot work out expressions over each row. */
  readonly literal?: boolean;
  /** Columns that hold nothing but what `candidates` offer, and NULL: those of foreign keys. */
  readonly bound?: ReadonlySet<string>;
}

export interface Answer {
  /** New values by column, the same for all rows. Empty when nothing has to change. */
  readonly values: ReadonlyMap<string, string | null>;
  /** Columns that follow from others, as SQL over the row: `right(token, 4)`. */
  readonly expressions: ReadonlyMap<string, string>;
  /** What the expressions come to, for each row. */
  readonly computed: readonly Row[];
}

/** More combinations than this are not worth the wait. */
const most = 8_000;

const bare = (text: string): string => text.replace(/^CHECK /, '').replace(/( NO INHERIT)?( NOT VALID)?$/, '');

/** A generated column stands for those that it is made of. */
function settable(table: Table, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const column = table.columns.find((each) => each.name === name);
    if (column === undefined || column.generated === null) return [name];
    const words = new Set((column.default ?? '').match(/[\w$]+/g));
    return [name, ...table.columns.filter((each) => words.has(each.name)).map((each) => each.name)];
  });
}

/** The CHECKs of a table as conditions, as pg_get_constraintdef writes them. */
export const checksOf = (table: Table): readonly Condition[] =>
  table.constraints
    .filter(({ kind }) => kind === 'check')
    .map(({ name, columns, text }) => ({ name, columns, expression: bare(text) }));

/** The checks of the domain that a column has, and of the domains below it; `value` stands for the column. */
function domainChecks({ domains }: Catalog, { typeSchema, typeName }: Column): readonly Condition[] {
  return (domains.find(({ schema, name }) => schema === typeSchema && name === typeName)?.checks ?? []).map(
    ({ name, text }) => ({ name, columns: ['value'], expression: bare(text) }),
  );
}

/** The conditions that share a column with what was violated, or with one that does. */
function connected(conditions: readonly Condition[], start: ReadonlySet<string>): readonly Condition[] {
  const columns = new Set(start);
  const taken = new Set<Condition>();
  for (let before = -1; before !== taken.size; ) {
    before = taken.size;
    for (const condition of conditions) {
      if (taken.has(condition) || !condition.columns.some((name) => columns.has(name))) continue;
      taken.add(condition);
      for (const name of condition.columns) columns.add(name);
    }
  }
  return [...taken];
}

const derivedKey = (column: string): string => ` ${column}`;

/** Whether a row is accepted, as a function that answers null for no and for any error; else what was computed. */
function acceptFunction(
  { table }: Question,
  conditions: readonly Condition[],
  expressions: ReadonlyMap<string, readonly string[]>,
): string {
  const chosen = table.columns.map(({ name, type, generated }) => {
    const made = expressions.get(name) ?? [];
    if (made.length === 0 || generated !== null) return quoteName(name);
    const cases = made.map((text, index) => `when '${index}' then (${text})::${type}`);
    return `case j ->> ${quoteText(derivedKey(name))} ${cases.join(' ')} else ${quoteName(name)} end as ${quoteName(name)}`;
  });
  const concerned = new Set(conditions.flatMap((each) => each.columns));
  const whole = table.columns.map(({ name, type, generated, default: given }) => {
    if (generated !== null) return `(${given ?? 'null'}) as ${quoteName(name)}`;
    // A sequence would count.
    if (given === null || !concerned.has(name) || /nextval/.test(given)) return quoteName(name);
    return `case when j ? ${quoteText(name)} or j ? ${quoteText(derivedKey(name))} then ${quoteName(name)} else (${given})::${type} end as ${quoteName(name)}`;
  });
  const computed = [...expressions.keys()].map((name) => `${quoteText(name)}, ${quoteName(name)}::text`);
  const relation = quoteName(table.name);
  return `
create or replace function pg_temp.loam_accepts(j jsonb) returns jsonb language plpgsql as $accepts$
#variable_conflict use_column
begin
  return (
    select jsonb_build_object(${computed.join(', ')})
    from (select ${whole.join(', ')} from (select ${chosen.join(', ')} from (select ${whole.join(', ')}
      from jsonb_populate_record(null::${quoteQualified(table)}, j) as ${relation}) as ${relation}) as ${relation}) as ${relation}
    where ${conditions.map(({ expression }) => `(${expression}) is not false`).join(' and ') || 'true'}
  );
exception when others then
  return null;
end
$accepts$`;
}

// Breadth first: the recursion hands on what has n changes before it makes what has n + 1, and stops at the first that fits.
const search = `
with recursive
  given(n, v) as materialized (select n, v from jsonb_array_elements($1::jsonb) with ordinality as e (v, n)),
  options(ord, place, change) as materialized (
    select n, (o ->> 0)::int, o -> 1 from jsonb_array_elements($2::jsonb) with ordinality as e (o, n)
  ),
  combinations(change, last) as (
    select '{}'::jsonb, 0
    union all
    select c.change || o.change, o.place
    from combinations as c
    cross join lateral (select place, change from options where place > c.last order by ord) as o
  )
select change, (select jsonb_agg(pg_temp.loam_accepts(v || change) order by n) from given)
from (select change from combinations limit $3::int) as few
where not exists (select from given where pg_temp.loam_accepts(v || change) is null)
limit 1`;

/** A row as jsonb_populate_record reads it: text for everything but documents, which it would take for a string. */
function asJson(table: Table, row: Row): Readonly<Record<string, unknown>> {
  const read = (name: string, value: string | null): unknown => {
    const type = table.columns.find((column) => column.name === name)?.typeName ?? '';
    if (value === null || (type !== 'json' && type !== 'jsonb')) return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  return Object.fromEntries([...row].map(([name, value]) => [name, read(name, value)]));
}

interface Option {
  readonly place: number;
  readonly rank: number;
  readonly change: Readonly<Record<string, unknown>>;
}

/** The fewest changes after which every row is accepted; null when none of the combinations tried does it. */
export async function satisfy(session: Session, question: Question): Promise<Answer | null> {
  await loadParser();
  const { catalog, table, rows, violated, fixed = new Set(), reluctant = new Set(), bound = new Set() } = question;
  const own = [...(question.conditions ?? []), ...checksOf(table)].map((condition) => ({
    ...condition,
    columns: settable(table, condition.columns),
  }));
  const guilty = own.find(({ name }) => name === violated);
  const ofDomain = table.columns.filter((column) =>
    domainChecks(catalog, column).some(({ name }) => name === violated),
  );
  const start = new Set(guilty?.columns ?? ofDomain.map(({ name }) => name));
  const conditions = connected(own, start);
  const columns = [...new Set([...start, ...conditions.flatMap((each) => each.columns)])];
  const expressions = new Map<string, readonly string[]>();
  const options: Option[] = [];
  let place = 0;
  const offer = (names: readonly string[], from: number, changes: readonly Option['change'][]): void => {
    if (changes.length === 0) return;
    place += 1;
    const late = names.some((name) => reluctant.has(name)) ? 1_000 : 0;
    changes.forEach((change, index) => void options.push({ place, rank: from + index + late, change }));
  };
  const single = new Map<string, readonly (string | null)[]>();
  for (const { columns: names, values } of question.candidates ?? []) {
    const [name, second] = names;
    if (!names.some((each) => columns.includes(each)) || names.some((each) => fixed.has(each))) continue;
    if (name !== undefined && second === undefined)
      single.set(name, [...(single.get(name) ?? []), ...values.map(([value = null]) => value)]);
    else {
      const changes = values.map((each) => names.map((column, index) => [column, each[index] ?? null] as const));
      offer(
        names,
        0,
        changes.map((each) => asJson(table, new Map(each))),
      );
    }
  }
  for (const name of columns) {
    const column = table.columns.find((each) => each.name === name);
    if (column === undefined || column.generated !== null || fixed.has(name)) continue;
    const near = conditions.filter((each) => each.columns.includes(name)).map(({ expression }) => expression);
    const domain = domainChecks(catalog, column).map(({ expression }) => expression);
    const isBound = bound.has(name);
    const derived = isBound || question.literal === true ? [] : near.flatMap((text) => comparedWith(text, column));
    const made = isBound
      ? column.notNull
        ? []
        : [null]
      : candidatesFor(catalog, column, rows[0] ?? new Map(), [...near, ...domain]);
    if (derived.length > 0) expressions.set(name, derived);
    const known = single.get(name) ?? [];
    const change = (value: string | null): Option['change'] => asJson(table, new Map([[name, value]]));
    offer([name], 0, [
      ...[...new Set([...known, ...made.slice(0, 1)])].map(change),
      ...derived.map((_, index) => ({ [derivedKey(name)]: String(index) })),
      ...made.slice(1).map(change),
    ]);
  }
  const sorted = options.toSorted((one, two) => one.rank - two.rank || one.place - two.place);
  await session.exec(acceptFunction(question, conditions, expressions));
  const [found] = await session.rows(search, [
    JSON.stringify(rows.map((row) => asJson(table, row))),
    JSON.stringify(sorted.map((option) => [option.place, option.change])),
    String(most),
  ]);
  return found === undefined ? null : answerOf(table, expressions, found[0] ?? '{}', found[1] ?? '[]');
}

function answerOf(
  table: Table,
  expressions: ReadonlyMap<string, readonly string[]>,
  change: string,
  computed: string,
): Answer {
  const changes = JSON.parse(change) as Readonly<Record<string, unknown>>; // checked: built of the options
  const results = JSON.parse(computed) as readonly Readonly<Record<string, string | null>>[]; // checked: built by loam_accepts
  const values = new Map<string, string | null>();
  const chosen = new Map<string, string>();
  for (const { name, typeName } of table.columns) {
    const derived = changes[derivedKey(name)];
    const text = expressions.get(name)?.[Number(derived)];
    if (derived !== undefined && text !== undefined) chosen.set(name, text);
    else if (name in changes) {
      const value = changes[name];
      const document = typeName === 'json' || typeName === 'jsonb';
      values.set(name, value === null && !document ? null : document ? JSON.stringify(value) : String(value));
    }
  }
  return {
    values,
    expressions: chosen,
    computed: results.map((row) => new Map([...chosen.keys()].map((name) => [name, row[name] ?? null]))),
  };
}

// For tests: schemas that nobody thought of. A seeded generator changes a model of one again and again; it prints as SQL.
import { quoteText } from '../quote.ts';

/** mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

const types = [
  'int',
  'bigint',
  'text',
  'varchar(20)',
  'uuid',
  'jsonb',
  'timestamptz',
  'numeric(10,2)',
  'text[]',
  'mood',
  'boolean',
];
const values: Readonly<Record<string, string>> = {
  int: '1',
  bigint: '2',
  text: `'x'`,
  'varchar(20)': `'y'`,
  uuid: 'gen_random_uuid()',
  jsonb: `'{}'`,
  timestamptz: 'now()',
  'numeric(10,2)': '1.5',
  'text[]': `'{a}'`,
  mood: `'ok'`,
  boolean: 'true',
};

interface RandomColumn {
  type: string;
  notNull: boolean;
  withDefault: boolean;
}
interface RandomTable {
  columns: Map<string, RandomColumn>;
  checks: Map<string, string>;
  unique: Set<string>;
  indexes: Set<string>;
  target: string | null;
  onDelete: string;
  rls: boolean;
  policies: Map<string, string>;
  grants: string;
  view: readonly string[];
  comment: string | null;
  touched: boolean;
}
export interface Model {
  tables: Map<string, RandomTable>;
  moods: string[];
  functions: Map<string, number>;
}

type Pick = <T>(from: readonly T[]) => T;
const pickOf =
  (random: () => number): Pick =>
  (from) => {
    const found = from[Math.floor(random() * from.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  };

const freshTable = (): RandomTable => ({
  columns: new Map([['c0', { type: 'text', notNull: false, withDefault: false }]]),
  checks: new Map(),
  unique: new Set(),
  indexes: new Set(),
  target: null,
  onDelete: 'cascade',
  rls: false,
  policies: new Map(),
  grants: '',
  view: [],
  comment: null,
  touched: false,
});

/** One change at random; names come from a small stock, so that they come back with another meaning. */
export function change(model: Model, random: () => number): void {
  const pick = pickOf(random);
  const names = [...model.tables.keys()];
  const some = (n: number): string => `${Math.floor(random() * n)}`;
  if (names.length === 0 || random() < 0.1) model.tables.set(`t${some(5)}`, freshTable());
  const name = pick([...model.tables.keys()]);
  const table = model.tables.get(name) ?? freshTable();
  const column = `c${some(5)}`;
  const has = (key: string): boolean => table.columns.has(key);
  const drop = (key: string): void => {
    table.columns.delete(key);
    for (const set of [table.unique, table.indexes, table.checks, table.policies]) set.delete(key);
    table.view = table.view.filter((each) => each !== key);
  };
  const actions: readonly (() => void)[] = [
    () => void table.columns.set(column, { type: pick(types), notNull: random() < 0.4, withDefault: random() < 0.5 }),
    () => has(column) && table.columns.size > 1 && drop(column),
    () => has(column) && void table.unique.add(column),
    () => void table.unique.delete(column),
    () => has(column) && void table.indexes.add(column),
    () => void table.indexes.delete(column),
    () => has(column) && void table.checks.set(column, pick(['is not null', 'is distinct from null'])),
    () => void table.checks.delete(column),
    () => Object.assign(table, { target: random() < 0.3 ? null : pick([...model.tables.keys()]) }),
    () => Object.assign(table, { onDelete: pick(['cascade', 'set null', 'restrict']) }),
    () => Object.assign(table, { rls: random() < 0.6 }),
    () => has(column) && void table.policies.set(column, pick(['select', 'update', 'delete', 'all'])),
    () => void table.policies.delete(column),
    () => Object.assign(table, { grants: pick(['', 'select', 'select, insert', 'all', `update (id), select`]) }),
    () => Object.assign(table, { view: random() < 0.3 ? [] : [...table.columns.keys()].filter(() => random() < 0.6) }),
    () => Object.assign(table, { comment: pick([null, 'one', "two's"]) }),
    () => Object.assign(table, { touched: random() < 0.5 }),
    () =>
      Object.assign(model, {
        moods: pick([['ok'], ['ok', 'good'], ['bad', 'ok'], ['bad', 'ok', 'good'], ['good', 'ok']]),
      }),
    () => void model.functions.set(`f${some(3)}`, Math.floor(random() * 4)),
    () => void model.functions.delete(`f${some(3)}`),
    () => model.tables.size > 1 && random() < 0.4 && void model.tables.delete(name),
  ];
  pick(actions)();
  for (const each of model.tables.values())
    if (each.target !== null && !model.tables.has(each.target)) each.target = null;
}

const bodies = [
  '(a int) returns int language sql immutable as $$ select 1 $$',
  '(a int) returns int language sql stable as $$ select 2 $$',
  '(a int, b int) returns int language sql immutable as $$ select 3 $$',
  '(a int) returns text language sql immutable as $$ select $q$x$q$ $$',
];

export function print({ tables, moods, functions }: Model): string {
  const lines = [
    `create type mood as enum (${moods.map((mood) => `'${mood}'`).join(', ')})`,
    `create function touch() returns trigger language plpgsql as 'begin return new; end'`,
    ...[...functions].map(([name, body]) => `create function ${name}${bodies[body] ?? ''}`),
  ];
  for (const [name, table] of tables) {
    const columns = [...table.columns].map(
      ([column, { type, notNull, withDefault }]) =>
        `${column} ${type}${notNull ? ' not null' : ''}${withDefault ? ` default ${values[type] ?? 'null'}` : ''}`,
    );
    const checks = [...table.checks].map(
      ([column, text]) => `constraint ${name}_${column}_ok check (${column} ${text})`,
    );
    const unique = [...table.unique].map((column) => `unique (${column})`);
    lines.push(
      `create table ${name} (${['id int primary key', 'up int', ...columns, ...checks, ...unique].join(', ')})`,
    );
  }
  for (const [name, table] of tables) {
    for (const column of table.indexes) lines.push(`create index ${name}_${column}_x on ${name} (${column})`);
    if (table.target !== null)
      lines.push(
        `alter table ${name} add foreign key (up) references ${table.target} (id) on delete ${table.onDelete}`,
      );
    if (table.rls) lines.push(`alter table ${name} enable row level security`);
    for (const [column, command] of table.policies)
      lines.push(
        `create policy p_${column} on ${name} for ${command} to authenticated using (${column} is not null and (select auth.uid()) is not null)`,
      );
    if (table.grants !== '') lines.push(`grant ${table.grants} on ${name} to authenticated`);
    if (table.view.length > 0)
      lines.push(
        `create view ${name}_v with (security_invoker = true) as select ${table.view.join(', ')} from ${name}`,
      );
    if (table.comment !== null) lines.push(`comment on table ${name} is ${quoteText(table.comment)}`);
    if (table.touched)
      lines.push(`create trigger touch before update on ${name} for each row execute function touch()`);
  }
  return lines.join(';\n');
}

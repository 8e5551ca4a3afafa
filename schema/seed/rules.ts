// What a CHECK asks of single columns, read out of its syntax tree: lists, ranges, lengths, patterns, comparisons. What is
// not understood is no loss: every check is tried on sample rows by the database itself (probe.ts).
import { parseSync } from 'libpg-query';

export interface ColumnRule {
  allowed?: readonly string[];
  min?: number;
  max?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  /** Must be this column's value or more. */
  notBelow?: string;
  /** Must be more than this column's value. */
  above?: string;
  different?: string;
  lower?: boolean;
  jsonType?: 'object' | 'array';
  minItems?: number;
  null?: true;
}
export type Rules = Map<string, ColumnRule>;

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** The one wrapped node: `{ A_Expr: {…} }` gives `['A_Expr', {…}]`. */
function unwrap(node: unknown): readonly [string, Node] {
  if (!isNode(node)) return ['', {}];
  const [entry] = Object.entries(node);
  if (entry === undefined || !isNode(entry[1])) return ['', {}];
  return entry[0] === 'TypeCast' ? unwrap(entry[1]['arg']) : [entry[0], entry[1]];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** The operator without its schema: `operator(extensions.~)` is `~`. */
const operatorOf = (body: Node): string => textOf(listOf(body['name']).at(-1));
const textOf = (node: unknown): string => {
  const [, { sval }] = unwrap(node);
  return typeof sval === 'string' ? sval : '';
};

function columnOf(node: unknown): string | null {
  const [kind, { fields }] = unwrap(node);
  return kind === 'ColumnRef' ? textOf(listOf(fields).at(-1)) : null;
}

/** A constant as text; numbers as they are written. */
export function constantOf(node: unknown): string | null {
  const [kind, body] = unwrap(node);
  if (kind === 'A_Expr' && operatorOf(body) === '-' && body['lexpr'] === undefined) {
    const inner = constantOf(body['rexpr']);
    return inner === null ? null : `-${inner}`;
  }
  if (kind !== 'A_Const') return null;
  for (const name of ['sval', 'ival', 'fval', 'boolval']) {
    const value = body[name];
    if (!isNode(value)) continue;
    const inner = value[name];
    if (name === 'ival') return String(inner ?? 0);
    if (name === 'boolval') return inner === true ? 'true' : 'false';
    return typeof inner === 'string' ? inner : '';
  }
  return null;
}

/** `f(column)` as its name and column, `column` as an empty name. */
function measured(node: unknown): readonly [string, string] | null {
  const column = columnOf(node);
  if (column !== null) return ['', column];
  const [kind, body] = unwrap(node);
  if (kind !== 'FuncCall') return null;
  const inner = listOf(body['args'])[0];
  const of = columnOf(inner);
  return of === null ? null : [textOf(listOf(body['funcname']).at(-1)), of];
}

/** `%@_%` as a regular expression. */
const likeAsPattern = (like: string): string =>
  `^${like
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.')}$`;

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '<>': '<>' };
const lengths = new Set(['char_length', 'length', 'octet_length', 'character_length']);

function ruleFor(rules: Rules, column: string): ColumnRule {
  const rule = rules.get(column) ?? {};
  rules.set(column, rule);
  return rule;
}

function narrow(rule: ColumnRule, low: 'min' | 'minLength', high: 'max' | 'maxLength', op: string, at: number): void {
  const step = low === 'minLength' || Number.isInteger(at) ? 1 : 1e-9;
  const from = op === '>' ? at + step : op === '>=' || op === '=' ? at : undefined;
  const to = op === '<' ? at - step : op === '<=' || op === '=' ? at : undefined;
  if (from !== undefined) rule[low] = Math.max(rule[low] ?? from, from);
  if (to !== undefined) rule[high] = Math.min(rule[high] ?? to, to);
}

function compare(rules: Rules, left: unknown, op: string, right: unknown): void {
  const [subject, other] = [measured(left), measured(right)];
  if (subject === null) {
    if (other !== null && op in mirrored) compare(rules, right, mirrored[op] ?? op, left);
    return;
  }
  const [measure, column] = subject;
  const rule = ruleFor(rules, column);
  if (other !== null) {
    if (measure === 'lower' || other[0] === 'lower') rule.lower = true;
    if (measure !== '' || other[0] !== '') return;
    if (op === '>') rule.above = other[1];
    if (op === '>=') rule.notBelow = other[1];
    if (op === '<') ruleFor(rules, other[1]).above = column;
    if (op === '<=') ruleFor(rules, other[1]).notBelow = column;
    if (op === '<>') rule.different = other[1];
    return;
  }
  const value = constantOf(right);
  if (value === null) return;
  if (lengths.has(measure)) narrow(rule, 'minLength', 'maxLength', op, Number(value));
  else if (/^(cardinality|array_length|jsonb?_array_length)$/.test(measure)) {
    if (op.startsWith('>')) rule.minItems = Number(value) + (op === '>' ? 1 : 0);
  } else if (measure === 'jsonb_typeof' && op === '=') rule.jsonType = value === 'array' ? 'array' : 'object';
  else if (measure !== '') return;
  else if (op === '~' || op === '~*') rule.pattern = value;
  else if (op === '~~' || op === '~~*') rule.pattern = likeAsPattern(value);
  else if (op === '=' && Number.isNaN(Number(value))) rule.allowed = [value];
  else if (op in mirrored && value !== '' && !Number.isNaN(Number(value)))
    narrow(rule, 'min', 'max', op, Number(value));
}

/** `column = any (array[…])`, and `column in (…)`. */
function listed(node: Node): readonly [string, readonly string[]] | null {
  const column = columnOf(node['lexpr']);
  if (column === null) return null;
  const [kind, array] = unwrap(node['rexpr']);
  const items = kind === 'A_ArrayExpr' ? listOf(array['elements']) : kind === 'List' ? listOf(array['items']) : [];
  const values = items.map(constantOf).filter((value) => value !== null);
  return values.length === 0 ? null : [column, values];
}

function equalTo(node: unknown): readonly [string, string] | null {
  const [kind, body] = unwrap(node);
  if (kind !== 'A_Expr' || operatorOf(body) !== '=') return null;
  const [column, value] = [columnOf(body['lexpr']), constantOf(body['rexpr'])];
  return column === null || value === null ? null : [column, value];
}

function isNullTest(node: unknown): boolean {
  const [kind, body] = unwrap(node);
  return kind === 'NullTest' && body['nulltesttype'] === 'IS_NULL';
}

function read(rules: Rules, node: unknown): void {
  const [kind, body] = unwrap(node);
  if (kind === 'BoolExpr') {
    const parts = listOf(body['args']);
    if (body['boolop'] === 'AND_EXPR') for (const part of parts) read(rules, part);
    if (body['boolop'] !== 'OR_EXPR') return;
    const equal = parts.map(equalTo);
    const [first] = equal;
    if (first != null && equal.every((each) => each?.[0] === first[0]))
      ruleFor(rules, first[0]).allowed = equal.flatMap((each) => (each == null ? [] : [each[1]]));
    // `x is null or …`: what holds for a value that is there is enough.
    const rest = parts.filter((part) => !isNullTest(part));
    if (rest.length === 1 && rest.length < parts.length) read(rules, rest[0]);
  } else if (kind === 'A_Expr') {
    const list = listed(body);
    if (list !== null) ruleFor(rules, list[0]).allowed = list[1];
    else compare(rules, body['lexpr'], operatorOf(body), body['rexpr']);
  } else if (kind === 'NullTest' && body['nulltesttype'] === 'IS_NULL') {
    const column = columnOf(body['arg']);
    if (column !== null) ruleFor(rules, column).null = true;
  } else if (kind === 'ColumnRef') ruleFor(rules, columnOf(node) ?? '').allowed = ['true'];
}

/** Needs loadParser(). */
function expressionOf(check: string): unknown {
  try {
    const parsed: unknown = parseSync(`alter table t add ${check}`);
    return find(parsed, 'raw_expr');
  } catch {
    return null;
  }
}

function find(node: unknown, name: string): unknown {
  if (!isNode(node)) return null;
  if (name in node) return node[name];
  for (const value of Object.values(node)) {
    const found = find(value, name);
    if (found !== null) return found;
  }
  return null;
}

/** What these CHECKs (as pg_get_constraintdef writes them) ask of each column. */
export function readRules(checks: readonly string[]): Rules {
  const rules: Rules = new Map();
  for (const check of checks) read(rules, expressionOf(check));
  return rules;
}

/** Every constant that stands in a CHECK, for trying. */
export function constantsIn(check: string): readonly string[] {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (!isNode(node)) return;
    const value = 'A_Const' in node ? constantOf(node) : null;
    if (value !== null) found.add(value);
    for (const inner of Object.values(node)) walk(inner);
  };
  walk(expressionOf(check));
  return [...found];
}

export interface Condition {
  readonly column: string;
  readonly is: 'null' | 'not null' | { readonly value: string };
}

/** A partial index's WHERE as a list of simple conditions, or null where it is not one. */
export function readPredicate(predicate: string): readonly Condition[] | null {
  const conditions: Condition[] = [];
  const walk = (node: unknown): boolean => {
    const [kind, body] = unwrap(node);
    if (kind === 'BoolExpr' && body['boolop'] === 'AND_EXPR') return listOf(body['args']).every(walk);
    if (kind === 'BoolExpr' && body['boolop'] === 'NOT_EXPR') {
      const column = columnOf(listOf(body['args'])[0]);
      return column !== null && conditions.push({ column, is: { value: 'false' } }) > 0;
    }
    if (kind === 'ColumnRef') return conditions.push({ column: columnOf(node) ?? '', is: { value: 'true' } }) > 0;
    if (kind === 'NullTest') {
      const column = columnOf(body['arg']);
      if (column === null) return false;
      return conditions.push({ column, is: body['nulltesttype'] === 'IS_NULL' ? 'null' : 'not null' }) > 0;
    }
    const equal = equalTo(node);
    return equal !== null && conditions.push({ column: equal[0], is: { value: equal[1] } }) > 0;
  };
  return walk(expressionOf(`check (${predicate})`)) ? conditions : null;
}

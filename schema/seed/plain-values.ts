// Moments and numbers, and which columns are better left empty.

import type { ColumnPlan, TablePlan } from './plan-model.ts';
import { between, mix } from './random.ts';
import { cellOf, placeOf, type TableState, type World } from './state.ts';
import type { Scene } from './text-values.ts';

const ends =
  /^(expires?|expiry|valid_until|ends?|due|until|not_after|trial_ends|current_period_end|deadline)(_at|_on)?$/;
/** What marks a row as gone, over or forbidden: seeded rows are there. */
const over =
  /^(deleted|removed|archived|revoked|banned|blocked|purge|purged|ended|stopped|stop_requested|cancell?ed|suspended|failed|expired|read|dismissed|acknowledged|resolved|valid_to|heartbeat|locked|disabled)(_at|_on|_until|_after|_by)?$/;

/** Whether NULL says more than anything made up would. */
export function optional({ column, nullable, distinct, rule }: ColumnPlan, plan: TablePlan): boolean {
  if (!nullable || distinct) return false;
  if (over.test(column.name) || /^progress/.test(column.name)) return true;
  // A reference that nothing is known of: made up it would point nowhere.
  if (column.typeName === 'uuid') return true;
  if (rule.allowed !== undefined) return false;
  if (/quota|limit_usd|^raw_|^parent_|^external_|stripe|subscription_id$/.test(column.name)) return true;
  return plan.scope === 'user' && /^(monthly_|max_)/.test(column.name) && /int|numeric/.test(column.typeName);
}

const day = 86_400_000;

const days = new Map<number, string>();
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
const three = (value: number): string => (value < 100 ? `0${two(value)}` : String(value));

/** As Date.toISOString writes it, at a third of the cost: the day, of which there are few, is kept. */
function momentText(at: number): string {
  const whole = Math.trunc(at);
  const number = Math.floor(whole / day);
  let text = days.get(number);
  if (text === undefined) {
    text = new Date(number * day).toISOString().slice(0, -13);
    days.set(number, text);
  }
  const rest = whole - number * day;
  const seconds = Math.floor(rest / 1000);
  return `${text}${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${three(rest % 1000)}Z`;
}

/** As PostgreSQL reads it: a moment in UTC, a date, a time. */
export function momentMaker(world: World, state: TableState, columnPlan: ColumnPlan): (row: number) => string {
  const { column, type, rule, distinct } = columnPlan;
  const isEnd = ends.test(column.name);
  const isBirth = /birth/.test(column.name);
  const than = rule.above ?? rule.notBelow;
  return (row) => {
    const { createdAt, turn } = placeOf(world, state, row);
    let at = createdAt;
    if (isEnd) at += 30 * day + (turn % 11) * day;
    else if (isBirth) at -= (20 * 365 + (turn % 40) * 365) * day;
    // A date that no two rows share goes back day by day.
    if (distinct) at = type === 'date' ? at - row * day : at + (row % 1000);
    const other = than === undefined ? null : cellOf(state, row, than);
    if (other !== null)
      at = Math.max(at, Date.parse(/\d$/.test(other) && other.includes(':') ? `${other}Z` : other) + day);
    const text = momentText(at);
    if (type === 'date') return text.slice(0, 10);
    if (type === 'time') return text.slice(11, 23);
    if (type === 'timetz') return `${text.slice(11, 23)}+00`;
    return type === 'timestamp' ? text.slice(0, 23) : text;
  };
}

interface Span {
  readonly names: RegExp;
  readonly low: number;
  readonly high: number;
}
const spans: readonly Span[] = [
  { names: /temperature/, low: 0, high: 1 },
  { names: /^(min|max)_|limit|quota/, low: 1000, high: 8000 },
  { names: /(input|prompt|read).*token/, low: 80, high: 3200 },
  { names: /(cached|cache|reasoning).*token|cache_write/, low: 0, high: 0 },
  { names: /token/, low: 40, high: 1200 },
  { names: /attempt|retr(y|ies)/, low: 0, high: 0 },
  { names: /cost|_usd$/, low: 0, high: 0.05 },
  { names: /price|amount|total|balance|fee/, low: 0, high: 2 },
  { names: /first_token/, low: 90, high: 600 },
  { names: /(_ms|latency|duration|elapsed)/, low: 200, high: 5200 },
  { names: /size|bytes/, low: 1200, high: 480_000 },
  { names: /rating|stars|score/, low: 1, high: 5 },
  { names: /percent|ratio|probability|similarity|confidence|weight/, low: 0, high: 1 },
  { names: /^(dimensions?|dim)$/, low: 0, high: 0 },
  { names: /count|uses|likes|views/, low: 0, high: 0 },
  { names: /year/, low: 2019, high: 2025 },
  { names: /month$/, low: 1, high: 12 },
  { names: /^age$/, low: 19, high: 78 },
];

const decimals = (columnPlan: ColumnPlan): number => {
  const { type, column } = columnPlan;
  if (/^int[248]$/.test(type)) return 0;
  if (type !== 'numeric' || column.typmod < 4) return 6;
  return (column.typmod - 4) & 0x7ff;
};

/** The largest that the type holds. */
function capacity({ type, column }: ColumnPlan): number {
  if (type === 'int2') return 32_767;
  if (type === 'int4') return 2_147_483_647;
  if (type !== 'numeric' || column.typmod < 4) return Number.MAX_SAFE_INTEGER;
  const [precision, scale] = [((column.typmod - 4) >> 16) & 0xffff, (column.typmod - 4) & 0x7ff];
  return precision - scale > 15 ? Number.MAX_SAFE_INTEGER : 10 ** (precision - scale) - 10 ** -scale;
}

/** What a number column means for a row, or null when this is no number's type. */
export function numberFor(
  world: World,
  state: TableState,
  columnPlan: ColumnPlan,
): ((row: number, scene: Scene) => string) | null {
  const { type, rule, column } = columnPlan;
  if (!/^(int[248]|float[48]|numeric)$/.test(type)) return null;
  const places = decimals(columnPlan);
  const span = spans.find(({ names }) => names.test(column.name)) ?? { low: 1, high: 100 };
  const low = Math.max(rule.min ?? Math.min(span.low, rule.max ?? span.low), -capacity(columnPlan));
  const wanted = Math.max(span.high, low);
  const high = Math.min(rule.max ?? wanted, wanted, capacity(columnPlan));
  const vector = state.plan.columns.find((each) => /^(vector|halfvec|sparsevec)$/.test(each.type));
  const digits = Math.min(places, 9);
  const most = capacity(columnPlan);
  const fit = (value: number): string => {
    const bounded = Math.min(Math.max(value, rule.min ?? value), rule.max ?? value, most);
    return places === 0 ? String(Math.round(bounded)) : String(Number(bounded.toFixed(digits)));
  };
  const { name } = column;
  const isDimension = /^dim(ension)?s?$/.test(name);
  const isPosition = /_?(index|idx|position|ordinal|sort_order|order|seq|sequence|step)$/.test(name);
  const isCountedFromOne = /^(page(_number)?|version(_number)?)$/.test(name);
  const isStart = /^start_(offset|pos|position|char)$/.test(name);
  const isEnd = /^end_(offset|pos|position|char)$/.test(name);
  const than = rule.above ?? rule.notBelow;
  return (row, { place, random }) => {
    if (columnPlan.distinct) return String(state.base + row + 1);
    if (columnPlan.counts) return String(place.position + (rule.min === undefined || rule.min < 1 ? 0 : rule.min));
    if (isDimension && vector !== undefined)
      return String(vector.column.typmod > 0 ? vector.column.typmod : world.sizes.dimensions);
    if (isPosition && place.parent >= 0) return fit(place.position);
    if (isCountedFromOne) return fit(place.position + 1);
    if (isStart) return fit(0);
    if (isEnd) return fit(contentLength(state, row));
    const other = than === undefined ? null : cellOf(state, row, than);
    const value = places === 0 ? between(random, low, Math.max(low, high)) : low + random() * (high - low);
    if (other !== null) return fit(Math.max(value, Number(other) + (rule.above === undefined ? 0 : 1)));
    if (rule.different !== undefined && cellOf(state, row, rule.different) === fit(value)) return fit(value + 1);
    return fit(value);
  };
}

/** In code points, as offsets into texts are counted. */
function contentLength(state: TableState, row: number): number {
  const text = cellOf(state, row, 'content') ?? cellOf(state, row, 'text');
  return text === null ? 100 + (mix(row) % 400) : [...text].length;
}

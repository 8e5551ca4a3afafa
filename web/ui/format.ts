// Numbers, money, sizes and days as the reader's language writes them.

const locale = navigator.language;
const number = new Intl.NumberFormat(locale);
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const short = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' });
const dayMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

const capital = (word: string): string => word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);

export const formatNumber = (value: number): string => number.format(value);

/** A decimal string of US dollars; sums below a tenth of a cent keep two significant digits. */
export function formatMoney(usd: string): string {
  const value = Number(usd);
  const precision =
    value > 0 && value < 0.001
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: 0, maximumFractionDigits: value < 1 ? 3 : 2 };
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    ...precision,
  }).format(value);
}

export const formatShare = (share: number): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);

/** 200000 as 200K. */
export const formatCompact = (value: number): string =>
  new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(value);

export const formatMoment = (iso: string): string => moment.format(new Date(iso));

/** Whole days between then and now, by the calendar on the wall. */
export function daysAgo(iso: string, now = new Date()): number {
  const then = new Date(iso);
  const midnight = (date: Date): number => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(now) - midnight(then)) / 86_400_000);
}

/** "Today", "Yesterday", "12 Nov", "12 Nov 2024". */
export function formatDay(iso: string, now = new Date()): string {
  const days = daysAgo(iso, now);
  if (days < 2) return capital(relative.format(-Math.max(0, days), 'day'));
  const date = new Date(iso);
  return (date.getFullYear() === now.getFullYear() ? dayMonth : dayMonthYear).format(date);
}

/** "5 min. ago". */
export const formatMinutesAgo = (minutes: number): string => short.format(-minutes, 'minute');

// Exact arithmetic for money: decimal text in, decimal text out, integers between. No floats: a sum over a million calls
// must equal the sum of its parts.

/** Prices are kept as billionths of a dollar for a million tokens, so a cost is in 10^-15 dollars. */
const priceDigits = 9;
const costDigits = priceDigits + 6;

const decimalPattern = /^(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** A decimal (`0.075`, `7.5e-8`) as an integer of `10^-digits`; what lies below that is cut off. Null when it is no number ≥ 0. */
function scaled(text: string, digits: number): bigint | null {
  const match = decimalPattern.exec(text);
  if (match === null) return null;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const shift = digits + Number(exponent) - fraction.length;
  if (Math.abs(shift) > 60) return null;
  const value = BigInt(whole + fraction);
  return shift >= 0 ? value * 10n ** BigInt(shift) : value / 10n ** BigInt(-shift);
}

/** `0.15` dollars for a million tokens as the integer that `costOf` multiplies with. */
export const parsePrice = (dollarsPerMillion: string): bigint | null => scaled(dollarsPerMillion, priceDigits);

/** The price as text again, for people. */
export const formatPrice = (price: bigint): string => decimal(price, priceDigits);

/** A cost in 10^-15 dollars as decimal text without trailing zeros: `0.000156`. */
export const formatCost = (cost: bigint): string => decimal(cost, costDigits);

/** Dollars as text in 10^-15 dollars. */
export const parseCost = (dollars: string): bigint | null => scaled(dollars, costDigits);

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  const whole = text.slice(0, -digits);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

// Words of a text as ranking compares them: lower case, without accents and endings. English endings by Porter's
// algorithm (Program 14, 1980); scripts that write no spaces as pairs of characters.

const stopWords = new Set(
  (
    'a about above after again against all also am an and any are as at be because been before being below between both ' +
    'but by can could did do does doing down during each few for from further had has have having he her here hers ' +
    'herself him himself his how i if in into is it its itself just me more most my myself no nor not of off on once ' +
    'only or other our ours out over own same she should so some such than that the their theirs them themselves then ' +
    'there these they this those through to too under until up upon very was we were what when where which while who ' +
    'whom why will with would you your yours yourself s t d ll re ve m please tell know according mention mentioned ' +
    'describe describes described state stated regarding'
  ).split(' '),
);

const words = /[\p{L}\p{M}\p{N}]+/gu;
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Stems of all words in order, stop words left out where `keepAll` is false. */
export function terms(text: string, keepAll = false): string[] {
  const found: string[] = [];
  for (const [word] of text.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '').matchAll(words)) {
    if (unspaced.test(word)) {
      const characters = [...word];
      if (characters.length === 1) found.push(word);
      for (let at = 0; at + 1 < characters.length; at++) found.push(`${characters[at]}${characters[at + 1]}`);
    } else if (keepAll || !stopWords.has(word)) found.push(stem(word));
  }
  return found;
}

const vowelLed = /^[^aeiouy]*[aeiouy]/;
/** Number of vowel-consonant sequences: Porter's m. */
function measure(text: string): number {
  let count = 0;
  let afterVowel = false;
  for (let at = 0; at < text.length; at++) {
    const vowel = isVowel(text, at);
    if (afterVowel && !vowel) count++;
    afterVowel = vowel;
  }
  return count;
}
function isVowel(text: string, at: number): boolean {
  const letter = text[at] ?? '';
  if ('aeiou'.includes(letter)) return letter !== '';
  return letter === 'y' && at > 0 && !isVowel(text, at - 1);
}
const hasVowel = (text: string): boolean => vowelLed.test(text);
const endsDouble = (text: string): boolean =>
  text.length > 1 && text.at(-1) === text.at(-2) && !isVowel(text, text.length - 1);
/** consonant-vowel-consonant, the last not w, x or y: hop, but not snow. */
function endsShort(text: string): boolean {
  const last = text.length - 1;
  if (last < 2 || 'wxy'.includes(text[last] ?? 'w')) return false;
  return !isVowel(text, last) && isVowel(text, last - 1) && !isVowel(text, last - 2);
}

const second: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['abli', 'able'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
];
const third: readonly (readonly [string, string])[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];
const fourth = [
  'al',
  'ance',
  'ence',
  'er',
  'ic',
  'able',
  'ible',
  'ant',
  'ement',
  'ment',
  'ent',
  'ion',
  'ou',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
].sort((a, b) => b.length - a.length);

function replaceEnding(word: string, endings: readonly (readonly [string, string])[]): string {
  for (const [ending, replacement] of endings) {
    if (!word.endsWith(ending)) continue;
    const rest = word.slice(0, -ending.length);
    return measure(rest) > 0 ? rest + replacement : word;
  }
  return word;
}

const known = new Map<string, string>();

export function stem(word: string): string {
  // Nothing that long is a word, and measuring it takes the square of its length.
  if (word.length < 3 || word.length > 64 || !/^[a-z]+$/.test(word)) return word;
  const cached = known.get(word);
  if (cached !== undefined) return cached;
  if (known.size > 20_000) known.clear();
  const stemmed = lastEndings(replaceEnding(replaceEnding(firstEndings(word), second), third));
  known.set(word, stemmed);
  return stemmed;
}

function firstEndings(word: string): string {
  let text = word;
  if (text.endsWith('sses') || text.endsWith('ies')) text = text.slice(0, -2);
  else if (text.endsWith('s') && !text.endsWith('ss')) text = text.slice(0, -1);

  const cut = text.endsWith('ed') ? 2 : text.endsWith('ing') ? 3 : 0;
  if (text.endsWith('eed')) {
    if (measure(text.slice(0, -3)) > 0) text = text.slice(0, -1);
  } else if (cut > 0 && hasVowel(text.slice(0, -cut))) {
    text = text.slice(0, -cut);
    if (/(?:at|bl|iz)$/.test(text)) text += 'e';
    else if (endsDouble(text) && !/[lsz]$/.test(text)) text = text.slice(0, -1);
    else if (measure(text) === 1 && endsShort(text)) text += 'e';
  }
  return text.endsWith('y') && hasVowel(text.slice(0, -1)) ? `${text.slice(0, -1)}i` : text;
}

function lastEndings(word: string): string {
  let text = word;
  for (const ending of fourth) {
    if (!text.endsWith(ending)) continue;
    const rest = text.slice(0, -ending.length);
    if (measure(rest) > 1 && (ending !== 'ion' || /[st]$/.test(rest))) text = rest;
    break;
  }
  if (text.endsWith('e')) {
    const rest = text.slice(0, -1);
    const size = measure(rest);
    if (size > 1 || (size === 1 && !endsShort(rest))) text = rest;
  }
  return measure(text) > 1 && endsDouble(text) && text.endsWith('l') ? text.slice(0, -1) : text;
}

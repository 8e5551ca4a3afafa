// Guesses the text search configuration for a text: by its script, then by its commonest words. Wrong guesses only cost
// stemming; unknown languages are searched word for word.

const commonWords: Readonly<Record<string, string>> = {
  english: 'the of and to in is that for it with as was on are be this by from at have not which or an you',
  german: 'der die und das ist nicht mit von den ein eine auf für sich dem auch es des als wird zu im wir sind',
  french: 'le la les et des est une dans que pour qui pas sur par avec plus au ce sont nous vous aux du cette',
  spanish: 'el los las que una para con por del como más pero sus este son se está fue también ha lo al esta',
  italian: 'il che di una per con sono della nel alla dei non più anche gli delle come questo si le ed ha dal',
  portuguese: 'que não uma para com por dos das como mais foi são também ao pelo pela seu sua os no na em às',
  dutch: 'het een van en niet op te dat zijn voor met aan er maar om ook bij naar uit wordt worden deze deel wij',
  swedish: 'och att det som en är av för på med den till inte har om ett vi var jag kan från eller blir då',
  danish: 'og at det er som en af på med til ikke den har vi der et jeg kan fra eller være blev også når',
  norwegian: 'og det er som en av på med til ikke den har vi et jeg kan fra eller være ble også når må etter',
  finnish: 'ja on ei se että hän oli ovat mutta myös kun tai sekä joka tämä voi sen ole vain niin kuin mukaan',
  romanian: 'și în este care nu din pentru cu sunt mai pe să la fost prin sau după acest această fi au lui',
  hungarian: 'és hogy nem egy az ez meg van volt csak már még vagy mint is ha azt el kell lehet után minden',
  turkish: 've bir bu için ile olarak daha çok olan de da gibi kadar sonra ama değil her ne var ise veya en',
};
const sets = Object.entries(commonWords).map(([language, words]) => [language, new Set(words.split(' '))] as const);

const scripts: readonly (readonly [string, RegExp])[] = [
  ['russian', /\p{Script=Cyrillic}/gu],
  ['greek', /\p{Script=Greek}/gu],
  ['arabic', /\p{Script=Arabic}/gu],
  ['hindi', /\p{Script=Devanagari}/gu],
  ['tamil', /\p{Script=Tamil}/gu],
];

/** A name in pg_ts_config. Text without enough running words (tables, code) counts as English. */
export function guessLanguage(text: string): string {
  const sample = text.slice(0, 20_000).toLowerCase();
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  const latin = sample.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (letters === 0 || latin >= letters / 2) return guessLatin(sample);
  const [script] = scripts.filter(([, pattern]) => (sample.match(pattern)?.length ?? 0) > letters / 2);
  return script?.[0] ?? 'simple';
}

function guessLatin(sample: string): string {
  const words = sample.match(/\p{L}+/gu) ?? [];
  if (words.length < 20) return 'english';
  const shares = sets
    .map(([language, set]) => [language, words.filter((word) => set.has(word)).length / words.length] as const)
    .sort((a, b) => b[1] - a[1]);
  const [best] = shares;
  const english = shares.find(([language]) => language === 'english')?.[1] ?? 0;
  if (best === undefined || best[0] === 'english') return 'english';
  if (best[1] >= 0.08 && best[1] > english * 1.5) return best[0];
  // Running text in a language that none of the lists knows has next to no English in it, and no digits for words.
  const looksLikeProse = words.length > 200 && english < 0.01 && best[1] < 0.03 && /[.!?]\s+\p{L}/u.test(sample);
  return looksLikeProse ? 'simple' : 'english';
}

// The people and firms of a run, and pools of words: drawn once from faker with the run's seed, so that rows cost no more
// than picking.
import type { Sizes } from './state.ts';

export interface Person {
  readonly first: string;
  readonly last: string;
  readonly email: string;
  /** Stands in every text of theirs and in nobody else's: `Mara Quill of Aldine Works`. */
  readonly mark: string;
}

export interface Firm {
  readonly name: string;
  readonly slug: string;
}

export interface Voices {
  readonly people: readonly Person[];
  readonly firms: readonly Firm[];
  readonly cities: readonly string[];
  readonly countries: readonly string[];
  readonly streets: readonly string[];
  readonly words: readonly string[];
  readonly agents: readonly string[];
  readonly jobs: readonly string[];
}

const slugOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** `count` different ones; where faker runs out of them they are numbered. */
function distinct(count: number, make: () => string): string[] {
  const found = new Set<string>();
  for (let attempt = 0; found.size < count && attempt < count * 20; attempt++) found.add(make());
  for (let number = 2; found.size < count; number++) found.add(`${make()} ${number}`);
  return [...found];
}

export async function drawVoices(sizes: Sizes): Promise<Voices> {
  const { faker } = await import('@faker-js/faker/locale/en');
  faker.seed(sizes.seed);
  const firms = distinct(sizes.tenants, () => `${faker.person.lastName()} ${faker.company.buzzNoun()}`).map((name) => ({
    name: name.replace(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase()),
    slug: slugOf(name),
  }));
  const firsts = distinct(Math.min(sizes.users, 400), () => faker.person.firstName());
  const lasts = distinct(Math.min(sizes.users, 400), () => faker.person.lastName());
  const people = Array.from({ length: sizes.users }, (_, number): Person => {
    const first = firsts[number % firsts.length] ?? 'Ada';
    const last = lasts[(number + Math.floor(number / lasts.length)) % lasts.length] ?? 'Quill';
    const firm = firms[number % sizes.tenants] ?? { name: 'Aldine', slug: 'aldine' };
    const again = number < firsts.length ? '' : ` ${number}`;
    return {
      first,
      last: `${last}${again}`,
      email: `${slugOf(first)}.${slugOf(last)}.${number + 1}@${firm.slug}${sizes.seed === 1 ? '' : `-${sizes.seed}`}.example`,
      mark: `${first} ${last}${again} of ${firm.name}`,
    };
  });
  const many = (count: number, make: () => string): string[] => Array.from({ length: count }, make);
  return {
    people,
    firms,
    cities: many(100, () => faker.location.city()),
    countries: many(60, () => faker.location.countryCode()),
    streets: many(100, () => faker.location.streetAddress()),
    words: many(300, () => faker.word.noun()).map((word) => slugOf(word).replaceAll('-', '_')),
    agents: many(40, () => faker.internet.userAgent()),
    jobs: many(60, () => faker.person.jobTitle()),
  };
}

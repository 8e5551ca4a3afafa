// Text by what its column is called: names, titles, questions and answers, addresses, codes. Text of one owner's rows tells
// the owner; rows of the same number in another's hands read alike but for that.

import type { ColumnPlan, TablePlan } from './plan-model.ts';
import { between, mix, pick, type Random } from './random.ts';
import type { Place } from './state.ts';
import { codeword, topics } from './topics.ts';
import type { Person, Voices } from './voices.ts';

export interface Scene {
  readonly plan: TablePlan;
  readonly columnPlan: ColumnPlan;
  readonly row: number;
  readonly place: Place;
  readonly person: Person | null;
  /** The owner's or tenant's name; empty for what is nobody's. */
  readonly mark: string;
  readonly firm: { readonly name: string; readonly slug: string };
  readonly random: Random;
  readonly voices: Voices;
  /** Where the table tells who speaks (`role`), whether this row is an answer. */
  readonly answering: boolean;
  /** Whether a row of this table stands for the person. */
  readonly account: boolean;
  /** A word that this row alone has, where it is the first below its parent. */
  readonly planted: string | null;
}

const models = [
  ['openai', 'gpt-4.1-mini'],
  ['openai', 'gpt-4.1'],
  ['anthropic', 'claude-sonnet-4'],
  ['google', 'gemini-2.5-flash'],
  ['ollama', 'llama3.1:8b'],
] as const;
/** bcrypt of `seeded by loam`, the password of every seeded account. */
export const seededPassword = 'seeded by loam';
const passwordHash = '$2a$10$LoamLoamLoamLoamLoamLeA/SPb/7BKPDV6P//UxANsCekDYBzTSa';
const embedders = ['text-embedding-3-small'] as const;
const subjectOf = ({ place }: Scene) => topics[place.topic % topics.length] ?? topics[0];

const modelOf = ({ place, plan }: Scene): readonly [string, string] =>
  plan.columns.some(({ type }) => /^(vector|halfvec|sparsevec)$/.test(type))
    ? ['openai', embedders[0]]
    : (models[mix(place.topic, place.parent < 0 ? place.turn : place.parent) % models.length] ?? models[0]);

export const plantedSentence = (word: string, answer: number): string =>
  `The ${word} procedure is due again after ${answer} days.`;
export const plantedQuestion = (word: string): string => `After how many days is the ${word} procedure due again?`;
export const plantedNumber = (row: number): number => 10 + (row % 350);

const connectives = [
  'This was asked for by the',
  'For questions turn to the',
  'Last reviewed together with the',
  'First noted by a',
];
const followUps = [
  'Can you say that in one sentence?',
  'And if we have twice as many?',
  'Where does that stand in writing?',
  'What does it cost when we do nothing?',
  'Who has to agree to it?',
  'Is there a case in which it does not hold?',
  'How would I explain that to somebody who is new?',
  'Which of these matters most?',
  'What would you check first?',
  'Please make a short list of it.',
];

/** A few hundred characters about the row's subject. */
function body(scene: Scene): string {
  const subject = subjectOf(scene);
  if (subject === undefined) return '';
  const { place, random, voices, planted, row } = scene;
  const passage = (at: number): string => subject.passages[at % subject.passages.length] ?? '';
  const parts = [planted === null ? passage(place.position) : subject.answer];
  if (planted !== null) parts.push(plantedSentence(planted, plantedNumber(row)));
  parts.push(passage(place.position + 1));
  if (random() < 0.6)
    parts.push(`${pick(connectives, random)} ${pick(voices.jobs, random)} in ${pick(voices.cities, random)}.`);
  return parts.join(' ');
}

function question(scene: Scene): string {
  const subject = subjectOf(scene);
  return scene.place.position === 0 ? (subject?.question ?? '') : pick(followUps, scene.random);
}

function title(scene: Scene): string {
  const subject = subjectOf(scene);
  const words = `${subject?.heading ?? ''}, ${subject?.subject ?? ''}`;
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function nameOf(scene: Scene): string {
  const { plan, person, firm } = scene;
  const table = plan.table.name;
  if (/organi[sz]ation|tenant|workspace|compan|^orgs?$/.test(table)) return firm.name;
  if (/user|profile|people|person|member|contact|customer|employee/.test(table) && person !== null)
    return `${person.first} ${person.last}`;
  if (/^teams?$/.test(table)) return `${capital(subjectOf(scene)?.subject ?? 'first')} team`;
  if (/model/.test(table)) return modelOf(scene)[1];
  return title(scene);
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

type Make = (scene: Scene) => string | null;
interface Kind {
  readonly names: RegExp;
  readonly make: Make;
  /** prose: the owner's name is put behind it. word: has a form of its own. whole: no two are alike as it is. */
  readonly form: 'prose' | 'word' | 'whole';
}
const kind = (names: RegExp, make: Make, form: Kind['form'] = 'word'): Kind => ({ names, make, form });

/** The first that fits the column's name. */
const kinds: readonly Kind[] = [
  kind(
    /(^|_)e?mail(_address)?$/,
    ({ person, row, account, firm }) =>
      account && person !== null ? person.email : `guest.${row + 1}@${firm.slug}.example`,
    'whole',
  ),
  kind(/^(encrypted_password|password(_hash)?)$/, () => passwordHash),
  kind(/^first_?name$/, ({ person, voices, random }) => person?.first ?? pick(voices.people, random).first),
  kind(/^(last_?name|surname)$/, ({ person, voices, random }) => person?.last ?? pick(voices.people, random).last),
  kind(/^(full_name|display_name|author_name|contact_name)$/, ({ person, voices, random }) => {
    const { first, last } = person ?? pick(voices.people, random);
    return `${first} ${last}`;
  }),
  kind(
    /^(user_?name|handle|nick(name)?|login)$/,
    ({ person, row }) => slug(`${person?.first ?? 'user'} ${person?.last ?? ''} ${row + 1}`).replaceAll('-', '_'),
    'whole',
  ),
  kind(/(^|_)slug$|^subdomain$/, (scene) => `${slug(nameOf(scene))}-${slug(scene.mark)}`.slice(0, 60)),
  kind(/error|failure/, () => null),
  kind(/_id$|^id$/, ({ columnPlan, row }) => `${columnPlan.column.name.replace(/_id$/, '')}-${row + 1}`, 'whole'),
  kind(/avatar|image_url|photo|logo|icon_url/, () => null),
  kind(
    /(^|_)(storage_)?path$|^object_name$|^file_key$/,
    ({ row, person, place }) => `${slug(person?.mark ?? 'shared')}/${place.turn}/file-${row + 1}.md`,
    'whole',
  ),
  kind(/file_?name$|^original_name$/, (scene) =>
    `${slug(title(scene))} ${scene.mark === '' ? '' : `(${scene.mark})`}.md`.replace(' .', '.'),
  ),
  kind(/^link$/, ({ row }) => `/conversations/${row + 1}`, 'whole'),
  kind(
    /ur[li]$|^website$|^homepage$|^href$|^link_|endpoint/,
    ({ firm, place }) => `https://${firm.slug}.example/${place.topic}/${place.turn}`,
  ),
  kind(/mime|content_type|media_type/, () => 'text/markdown'),
  kind(/^(model_)?provider(_name)?$|_provider$|^vendor$/, (scene) => modelOf(scene)[0]),
  kind(/^default_model$/, (scene) => modelOf(scene).join('/')),
  kind(/^model(_name|_used|_id|_version)?$|_model(_name)?$/, (scene) => modelOf(scene)[1]),
  kind(/^embedding_model$/, () => embedders[0]),
  kind(/phone|mobile|^fax$/, ({ row }) => `+1555${String(row % 10_000_000).padStart(7, '0')}`, 'whole'),
  kind(/^city$|^town$/, ({ voices, random }) => pick(voices.cities, random)),
  kind(/country/, ({ voices, random }) => pick(voices.countries, random)),
  kind(/address|street/, ({ voices, random }) => pick(voices.streets, random)),
  kind(/zip|postal/, ({ random }) => String(between(random, 10_000, 99_999))),
  kind(/time_?zone|^tz$/, () => 'Europe/Berlin'),
  kind(/^(locale|lang(uage)?)(_code)?$/, () => 'english'),
  kind(/currency/, () => 'USD'),
  kind(/colou?r/, ({ random }) => `#${between(random, 0, 0xffffff).toString(16).padStart(6, '0')}`),
  kind(/^ip(_address|_addr)?$/, ({ random }) => `192.0.2.${between(random, 1, 254)}`),
  kind(/user_agent/, ({ voices, random }) => pick(voices.agents, random)),
  kind(/emoji|^reaction$/, ({ random }) => pick(['👍', '🎉', '❤️', '👀', '🙏', '😄'], random)),
  kind(/^(action|event(_type|_name)?|operation|activity)$/, ({ random }) =>
    pick(['chat', 'search', 'embed', 'summarise'], random),
  ),
  kind(/^(status|state)$/, () => 'active'),
  kind(/^unit$/, () => 'piece'),
  kind(/^(resource_|entity_|object_|source_|target_)?type$|^kind$|^category$|_type$/, ({ random }) =>
    pick(['note', 'report', 'guide', 'record'], random),
  ),
  kind(/version/, ({ place }) => `1.${place.position}`),
  kind(
    /(hash|token|secret|signature|checksum|digest|fingerprint|key_prefix|etag)/,
    ({ row, columnPlan, place }) => {
      const part = (n: number): string =>
        mix(row, place.turn, n, columnPlan.column.position).toString(16).padStart(8, '0');
      return Array.from({ length: 8 }, (_, n) => part(n)).join('');
    },
    'whole',
  ),
  kind(/^(key|code|sku|reference|ref|number|tag)$|_(key|code)$/, ({ voices, random }) => pick(voices.words, random)),
  kind(/job|position_title|occupation/, ({ voices, random }) => pick(voices.jobs, random)),
  kind(/^(company|organi[sz]ation)(_name)?$/, ({ firm }) => firm.name),
  kind(/^name$|_name$/, nameOf, 'prose'),
  kind(/^(title|subject|heading|headline|topic|label)$|_title$/, title, 'prose'),
  kind(/question|^query$|search_text|^goal$/, question, 'prose'),
  kind(/^(answer|response|completion|output|result|reply)(_text)?$/, body, 'prose'),
  kind(/^reasoning$|thinking/, () => null),
  kind(
    /system_prompt|^instructions?$/,
    (scene) =>
      `You help with ${subjectOf(scene)?.subject ?? 'everything'}. Answer briefly and say when you do not know.`,
    'prose',
  ),
  kind(
    /template|^prompt$|_prompt$/,
    (scene) => `Explain ${subjectOf(scene)?.subject ?? 'it'} to {{reader}} in {{length}} sentences.`,
    'prose',
  ),
  kind(
    /content|body|text|message|passage|chunk|note|comment/,
    (scene) => (scene.answering ? body(scene) : question(scene)),
    'prose',
  ),
  kind(
    /description|summary|bio|about|detail|caption|abstract|remark|reason/,
    (scene) => subjectOf(scene)?.answer ?? '',
    'prose',
  ),
];

const fallback = kind(
  /./,
  (scene) => `${capital(pick(scene.voices.words, scene.random).replaceAll('_', ' '))}`,
  'prose',
);

export const textKind = (name: string): Kind => kinds.find(({ names }) => names.test(name)) ?? fallback;

/** Whether nothing is known of what a column of this name holds. */
export const isUnnamed = (name: string): boolean => textKind(name) === fallback;

/** A table whose texts speak in turns, by a column that tells user from assistant. */
export const speaks = (plan: TablePlan): ColumnPlan | undefined =>
  plan.columns.find(
    ({ column, rule, labels }) =>
      /^(role|sender|sender_type|author_type|speaker|from)$/.test(column.name) &&
      (rule.allowed ?? labels ?? []).includes('assistant'),
  );

export const plantedWord = (seed: number, table: number, row: number): string =>
  codeword(mix(seed, table, row) & 0xffff);

/** Puts the owner's name behind it, numbers it where no two may be alike, and keeps it as long as it may be. */
export function finishText(text: string, scene: Scene, form: Kind['form'], limit: number, least: number): string {
  const { columnPlan, mark, row, place } = scene;
  const counted = columnPlan.distinct ? row + 1 : columnPlan.counts && place.position > 0 ? place.position + 1 : null;
  const number =
    counted === null || (form === 'whole' && columnPlan.distinct) ? '' : `${form === 'prose' ? ' ' : '-'}${counted}`;
  const told =
    form === 'prose' && mark !== '' && text.length + mark.length + number.length + 3 <= limit ? ` (${mark})` : '';
  const tail = `${told}${number}`;
  const whole = tail.length > limit ? tail.slice(-limit) : `${text.slice(0, limit - tail.length)}${tail}`;
  return columnPlan.rule.lower === true ? whole.toLowerCase().padEnd(least, 'x') : whole.padEnd(least, '.');
}

// What seeded people talk about. Each subject has a question, an answer and passages; what is planted names a word that
// stands nowhere else, so that a search by words has one right answer.

export interface Topic {
  readonly subject: string;
  readonly heading: string;
  readonly question: string;
  readonly answer: string;
  readonly passages: readonly string[];
}

const topic = (subject: string, heading: string, question: string, answer: string, ...passages: string[]): Topic => ({
  subject,
  heading,
  question,
  answer,
  passages,
});

export const topics: readonly Topic[] = [
  topic(
    'heat pump maintenance',
    'Filters and pressure',
    'How often should the filters of a heat pump be cleaned?',
    'Every three months while it heats, and once before the season begins. Check the pressure of the circuit at the same time.',
    'The outdoor unit must stand free on all sides by at least half a metre, or its fan draws in the air that it has just cooled.',
    'A circuit that loses more than two tenths of a bar a month has a leak. Refilling without looking for it wears out the compressor.',
    'Defrosting takes four to eight minutes and is no fault. It is one only when ice remains afterwards.',
  ),
  topic(
    'bread with sourdough',
    'Starter and proofing',
    'Why does my sourdough bread stay flat?',
    'Most often the starter was past its peak or the dough too warm. Use it when it has doubled, and let the loaf proof in the cold.',
    'A starter that is fed in equal parts of flour, water and starter doubles in four to six hours at twenty-four degrees.',
    'Salt slows fermentation. Add it after the first rest, when the flour has taken up the water.',
    'The crust cracks where it is weakest: a deep cut at a shallow angle says where that is.',
  ),
  topic(
    'contract renewal',
    'Notice and terms',
    'When must we give notice to end the maintenance contract?',
    'Three months before the end of its term, in writing. Without notice it goes on for another year at the listed price.',
    'The renewed term begins on the day after the old one ends, whatever date the signature bears.',
    'Prices may rise by the index of services, once a year, and not above four per cent.',
    'Either side may end the contract at once for good cause, which late payment alone is not.',
  ),
  topic(
    'query performance',
    'Indexes and plans',
    'Why does the planner not use my index?',
    'It believes that reading the table is cheaper. Analyse the table, then compare estimated and actual rows in the plan.',
    'An index on (a, b) serves a search by a, and by a and b; a search by b alone it serves badly.',
    'Estimates go wrong where columns depend on each other. Extended statistics tell the planner.',
    'A partial index is used only when the query implies its condition.',
  ),
  topic(
    'onboarding of new colleagues',
    'The first week',
    'What does a new colleague need on the first day?',
    'A working login, a named mentor, and one small task that can be finished before the evening.',
    'Access is requested by the lead a week ahead, since two systems grant it by hand.',
    'The mentor has no other duty that outranks the newcomer during the first week.',
    'After thirty days both write down what was missing, and the list is changed accordingly.',
  ),
  topic(
    'solar panel yield',
    'Angles and shade',
    'How much does a shaded panel cost the others?',
    'Without optimisers a shaded panel limits its whole string; with them it loses only its own share.',
    'A roof that faces south at thirty degrees yields most over the year; east and west together yield longer in the day.',
    'Dust costs about two per cent a year and rain removes most of it. Washing pays only beside fields.',
    'The inverter may be a fifth weaker than the panels, since they reach their peak on few days.',
  ),
  topic(
    'incident response',
    'The first hour',
    'Who leads when an incident begins?',
    'Whoever notices it, until the person on duty takes over by saying so in the channel.',
    'Nobody repairs and reports at once: the one who leads writes, the others work.',
    'Users are told within thirty minutes what does not work and when they will hear more.',
    'The review looks for what made the mistake possible, never for who made it.',
  ),
  topic(
    'travel expenses',
    'Receipts and limits',
    'Which receipts do I need for a journey by train?',
    'The ticket and the proof of payment. A reservation counts with the ticket.',
    'A night in a hotel is paid up to the limit of the city; beyond it the lead must agree beforehand.',
    'Claims are handed in within sixty days, in the currency that was paid.',
    'Meals that the host has given are taken off the daily allowance.',
  ),
  topic(
    'language model evaluation',
    'Cases and grades',
    'How many test cases does a prompt need?',
    'As many as it has ways to fail: twenty chosen well say more than two hundred drawn at random.',
    'A grade without a written reason cannot be argued with, and so not improved.',
    'Change one thing at a time: the model, the prompt or the temperature.',
    'Cases come from real conversations in which somebody was dissatisfied.',
  ),
  topic(
    'garden irrigation',
    'Timing and amount',
    'When should the garden be watered in summer?',
    'Early in the morning, rarely and thoroughly: twenty litres a square metre twice a week.',
    'A drip line loses a tenth of what a sprinkler loses to the wind.',
    'Mulch of five centimetres halves what evaporates from the bed.',
    'Tomatoes split when a dry week is followed by a flood.',
  ),
  topic(
    'data retention',
    'Periods and deletion',
    'How long do we keep the logs of requests?',
    'Ninety days, then their partition is detached. Sums without names stay for three years.',
    'What is deleted leaves the backups within thirty-five days, when the oldest is overwritten.',
    'A request for erasure is answered within a month and recorded without naming the person.',
    'Keeping data for a purpose that has ended is not made lawful by its being hard to delete.',
  ),
  topic(
    'bicycle commuting',
    'Routes and gear',
    'Which tyres are best for commuting in winter?',
    'Wide ones with a soft compound; studs where ice stays for days.',
    'A chain lasts three thousand kilometres dry and half of that in salt.',
    'The quickest route has the fewest turns against traffic, seldom the fewest metres.',
    'Lights are for being seen: one at the helmet moves and is noticed first.',
  ),
];

const beginnings = [
  'Vel',
  'Tor',
  'Mar',
  'Kes',
  'Bru',
  'Fen',
  'Lyr',
  'Ost',
  'Qua',
  'Sil',
  'Dra',
  'Wen',
  'Hol',
  'Jun',
  'Pax',
  'Rud',
];
const middles = ['mo', 'ra', 'ti', 'se', 'lu', 'na', 'bo', 'ke', 'vi', 'do', 'pe', 'ga', 'zo', 'mi', 'ru', 'fa'];
const ends = ['ra', 'lin', 'dor', 'x', 'nis', 'ta', 'vel', 'sk', 'mer', 'qua', 'rond', 'th', 'phe', 'go', 'bal', 'zen'];

/** A word that is in no dictionary; different numbers below 65,536 give different words. */
export const codeword = (number: number): string =>
  `${beginnings[number & 15]}${middles[(number >> 4) & 15]}${middles[(number >> 8) & 15]}${ends[(number >> 12) & 15]}`;

// Who could do what, as tried: sorted lines that people read and that two runs can be compared by. A line that appears or
// goes away is a right that was given or taken.
import type { MadeRow } from './model.ts';
import { relationOf } from './seen.ts';
import type { Entry, Trial } from './trial-state.ts';

/** `own`, `own (role=assistant)`, `all but (deleted_at set)`. */
function describeRows(trial: Trial, { actor, labels, object }: Entry): string {
  const held = new Set(labels);
  const table = trial.fixture.byLabel.get(labels[0] ?? 0)?.table ?? object;
  const relation = (row: MadeRow): string => (actor.kind === 'service' ? 'all' : relationOf(trial.fixture, actor, row));
  const groups = Map.groupBy(trial.fixture.byTable.get(table) ?? [], relation);
  return [...groups]
    .flatMap(([name, rows]) => {
      const reached = new Set(rows.filter(({ label }) => held.has(label)).map(({ variant }) => variant));
      if (reached.size === 0) return [];
      const missed = [...new Set(rows.filter(({ label }) => !held.has(label)).map(({ variant }) => variant))];
      if (missed.length === 0) return [name];
      return missed.length < reached.size
        ? [`${name} but (${missed.sort().join(', ')})`]
        : [`${name} (${[...reached].sort().join(', ')})`];
    })
    .sort()
    .join(' + ');
}

const describeCall = (trial: Trial, entry: Entry): string => {
  const relations = new Set(
    entry.labels.map((label) => {
      const row = trial.fixture.byLabel.get(label);
      return row === undefined
        ? ''
        : entry.actor.kind === 'service'
          ? 'rows'
          : relationOf(trial.fixture, entry.actor, row);
    }),
  );
  return `${entry.detail}: ${entry.outcome.state ?? 'answered'}${relations.size === 0 ? '' : ` with ${[...relations].sort().join(', ')}`}`;
};

function factOf(
  trial: Trial,
  entry: Entry,
): { readonly verb: string; readonly detail: string; readonly fact: string } | null {
  const { command, detail, passed } = entry;
  if (command === 'call') {
    return entry.outcome.state === '42501' && !passed
      ? null
      : { verb: 'call', detail: '', fact: describeCall(trial, entry) };
  }
  // The row was found and let go by one condition; the other stopped it. Were that one weaker, it would be a hole.
  if (
    !passed &&
    command === 'update' &&
    entry.outcome.state === '42501' &&
    /row-level security/.test(entry.outcome.message) &&
    !/^(moved|set): /.test(detail)
  )
    return { verb: command, detail, fact: 'stopped by the check' };
  if (!passed) return null;
  if (command === 'insert') return { verb: 'insert', detail: '', fact: detail };
  if (detail.startsWith('moved: ')) return { verb: 'move', detail: '', fact: detail.slice(7) };
  if (detail.startsWith('set: ')) return { verb: 'set', detail: '', fact: detail.slice(5) };
  return { verb: command, detail, fact: describeRows(trial, entry) };
}

/** Row by row attempts at one column say together what one attempt at all would have said. */
function together(entries: readonly Entry[]): readonly Entry[] {
  const groups = Map.groupBy(entries, ({ object, command, detail, actor }, index) =>
    command === 'call' || command === 'insert' ? String(index) : [object, command, detail, actor.name].join('|'),
  );
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first === undefined
      ? []
      : [
          {
            ...first,
            labels: [first, ...rest].flatMap(({ labels }) => labels),
            passed: [first, ...rest].some(({ passed }) => passed),
          },
        ],
  );
}

/** Lines of `object | command columns | who | which rows`. */
export function rightsLines(trial: Trial, entries: readonly Entry[]): readonly string[] {
  const facts = together(entries).flatMap((entry) => {
    const fact = factOf(trial, entry);
    return fact === null || fact.fact === '' ? [] : [{ ...fact, object: entry.object, who: entry.actor.name }];
  });
  const merged = Map.groupBy(facts, ({ object, verb, detail, who }) => [object, verb, detail, who].join(' | '));
  const whole = [...merged.values()].map((group) => ({
    ...group[0],
    fact: [...new Set(group.map(({ fact }) => fact))].sort().join('; '),
  }));
  const byPeople = Map.groupBy(whole, ({ object, verb, detail, fact }) => [object, verb, detail, fact].join(' | '));
  const gathered = [...byPeople.values()].map((group) => ({
    ...group[0],
    who: group
      .map(({ who }) => who ?? '')
      .sort()
      .join(', '),
  }));
  const byColumns = Map.groupBy(gathered, ({ object, verb, who, fact }) => [object, verb, who, fact].join(' | '));
  return [...byColumns.values()]
    .map((group) => {
      const { object = '', verb = '', who = '', fact = '' } = group[0] ?? {};
      const columns = group
        .map(({ detail }) => detail ?? '')
        .filter(Boolean)
        .sort()
        .join(', ');
      return `${object} | ${verb}${columns === '' ? '' : ` ${columns}`} | ${who} | ${fact}`;
    })
    .sort();
}

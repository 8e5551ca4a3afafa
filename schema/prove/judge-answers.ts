// What answers say: rows of strangers in a view, a function or an error, and answers that depend on a stranger's rows.
import type { Difference } from './absent.ts';
import type { Fixture } from './fixture.ts';
import { type Draft, judgeInsert, tableOf } from './judge-inserts.ts';
import type { MadeRow } from './model.ts';
import { labelsIn, relationOf, strangersIn } from './seen.ts';
import { primaryKey } from './structure.ts';
import type { Entry } from './trial-state.ts';
import { viewRead } from './try-callables.ts';

/** Texts that nobody guesses either. */
const unguessable = /hash|token|secret|digest|checksum|fingerprint|nonce|signature/i;

export const describe = (rows: readonly MadeRow[]): string => {
  const named = [...new Set(rows.map(({ table, variant }) => `${table} (${variant})`))];
  return named.length <= 3
    ? named.join(', ')
    : `${named.slice(0, 3).join(', ')} and ${named.length - 3} more kinds of rows`;
};

/** Whose rows these are not: what the actor may not touch by this command. */
export function trespassed(fixture: Fixture, { actor, labels, command, outcome }: Entry): readonly MadeRow[] {
  if (command === 'select' && outcome.attempt.statement.startsWith(viewRead))
    return strangersIn(fixture, actor, outcome.answer ?? '');
  const forbidden =
    command === 'select' || command === 'call' ? ['stranger'] : ['stranger', 'peer', 'published', 'reference'];
  return labels.flatMap((label) => {
    const row = fixture.byLabel.get(label);
    return row !== undefined && forbidden.includes(relationOf(fixture, actor, row)) ? [row] : [];
  });
}

/** Values that nobody guesses tell little: whoever has such an id has been given it. */
export function judgeDifference(fixture: Fixture, { entry, without }: Difference): readonly Draft[] {
  const { actor, command, detail, outcome, labels } = entry;
  if (actor.kind !== 'anonymous' && actor.kind !== 'person') return [];
  const rows = command === 'call' ? callLeaks(fixture, entry, without.answer ?? '') : [];
  if (rows.length > 0)
    return [
      {
        kind: 'read',
        level: 'error',
        entry,
        columns: [],
        what: `answers with ${describe(rows)} of others (${detail})`,
      },
    ];
  if (entry.passed && (command === 'insert' || command === 'update') && judgeInsert(fixture, entry)?.level === 'error')
    return [];
  const said = `${outcome.state ?? 'success'} where the stranger's row is, ${without.state ?? 'success'} where it is not`;
  if (command === 'select')
    return trespassed(fixture, entry).length > 0
      ? []
      : [
          {
            kind: 'infer',
            level: 'warning',
            entry,
            columns: [],
            what: 'answers otherwise when rows of others are gone',
          },
        ];
  if (command === 'call') {
    const own = detail.startsWith('all of ') && !detail.endsWith(actor.person?.world === 'b' ? ' a' : ' b');
    return [
      {
        kind: 'infer',
        level: own ? 'warning' : 'info',
        entry,
        columns: [],
        what: own ? 'answers otherwise when rows of others are gone' : `tells whether an id is somebody's (${detail})`,
      },
    ];
  }
  const columns = (/^(?:moved: )?(.+?) (?:of|like) \w+(?: in \S+)?$/.exec(detail)?.[1] ?? '')
    .split(', ')
    .filter((name) => !name.startsWith('as '));
  const ids =
    columns.some((name) => /uuid/.test(columnType(fixture, entry, name)) || unguessable.test(name)) ||
    isKey(fixture, entry, columns);
  const through = / like /.test(detail) ? 'a unique key' : 'a reference';
  if (detail.startsWith('as ') && labels.length === 0) return [];
  return [
    {
      kind: 'infer',
      level: ids ? 'info' : 'warning',
      entry,
      columns,
      what: `learns by ${through} (${columns.join(', ')}) whether a stranger's row is there: ${said}`,
    },
  ];
}

/** Numbers that count up tell how many there are, in every database: not worth a warning. */
function isKey(fixture: Fixture, entry: Entry, columns: readonly string[]): boolean {
  const table = fixture.structure.shapes.get(tableOf(fixture, entry))?.table;
  const key = table === undefined ? [] : primaryKey(table);
  return key.length === 1 && columns.join() === key.join() && /^int/.test(columnType(fixture, entry, key[0] ?? ''));
}

const columnType = (fixture: Fixture, entry: Entry, name: string): string =>
  fixture.structure.shapes.get(tableOf(fixture, entry))?.table.columns.find((column) => column.name === name)
    ?.typeName ?? '';

/** Rows of strangers in the answer of a function that are not there when the stranger is not: no echo of the arguments. */
function callLeaks(fixture: Fixture, entry: Entry, echoed: string): readonly MadeRow[] {
  const echo = labelsIn(fixture, echoed);
  return strangersIn(fixture, entry.actor, entry.outcome.answer ?? '').filter(({ label }) => !echo.has(label));
}

/** Rows of strangers that a call changed. */
export function judgeCall(fixture: Fixture, entry: Entry): readonly Draft[] {
  if (entry.command !== 'call' || !entry.passed || (entry.actor.kind !== 'anonymous' && entry.actor.kind !== 'person'))
    return [];
  const gone = new Set((entry.outcome.probed ?? '').split(';').filter(Boolean));
  const rows = fixture.rows.filter(
    (row) => gone.has(`${row.relation}:${row.place}`) && relationOf(fixture, entry.actor, row) === 'stranger',
  );
  return rows.length === 0
    ? []
    : [
        {
          kind: 'write',
          level: 'error',
          entry,
          columns: [],
          what: `changes ${describe(rows)} of others (${entry.detail})`,
        },
      ];
}

/** Words of a stranger in the text of an error that were not in the statement. */
export function judgeError(fixture: Fixture, entry: Entry): readonly Draft[] {
  const { actor, outcome } = entry;
  if (outcome.state === null || outcome.message === '' || (actor.kind !== 'anonymous' && actor.kind !== 'person'))
    return [];
  const said = labelsIn(fixture, `${outcome.attempt.statement} ${actor.claims}`);
  const rows = [...labelsIn(fixture, outcome.message)].flatMap((label) => {
    const row = fixture.byLabel.get(label);
    return row !== undefined && !said.has(label) && relationOf(fixture, actor, row) === 'stranger' ? [row] : [];
  });
  return rows.length === 0
    ? []
    : [
        {
          kind: 'read',
          level: 'error',
          entry,
          columns: [],
          what: `is shown ${describe(rows)} of others in an error: ${outcome.message.slice(0, 120)}`,
        },
      ];
}

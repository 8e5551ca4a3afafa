// Attempts on what runs code: views are read and written through, functions are called with the other's ids. What comes
// out is searched for the other's words; what it does is asked of every row of the fixture.
import type { Argument, Routine, View } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { type Actor, type Attempt, type Command, keyOf, literal, type Outcome, type Person } from './model.ts';
import { labelsIn } from './seen.ts';
import { isForeignSystem, type Structure } from './structure.ts';
import { runAttempts } from './trial.ts';
import {
  actorsByRole,
  cellOf,
  type Entry,
  goneProbe,
  isRefused,
  labelsOfPlaces,
  rightsOf,
  type Trial,
} from './trial-state.ts';
import { markOf } from './values.ts';

/** Asks all rows of the fixture at once, planned once. */
export async function prepareGone(trial: Trial): Promise<void> {
  await trial.session.exec(
    `create or replace function pg_temp.loam_gone() returns text language plpgsql as $gone$ begin return (${goneProbe(trial, trial.fixture.rows)}); end $gone$`,
  );
}
/** How the reading of a view begins: its answer is text, not digests of rows. */
export const viewRead = `select string_agg(x::text, e'\\n')`;
const gone = 'select pg_temp.loam_gone()';

export const triedViews = (trial: Trial): readonly View[] =>
  trial.fixture.catalog.views.filter(({ schema }) => !isForeignSystem(schema));
export const triedFunctions = (trial: Trial): readonly Routine[] =>
  trial.fixture.catalog.functions.filter(
    ({ schema, kind, returnsTrigger, result }) =>
      !isForeignSystem(schema) &&
      (kind === 'function' || kind === 'procedure') &&
      !returnsTrigger &&
      result !== 'event_trigger',
  );

async function run(trial: Trial, attempts: readonly Attempt[]): Promise<readonly Entry[]> {
  const outcomes = await runAttempts(trial.session, attempts);
  return attempts.map((attempt, index) => {
    const outcome = outcomes[index] as Outcome; // checked: an outcome each
    const { actor, command, object, detail } = attempt;
    const seen =
      command === 'select' || command === 'call' ? labelsIn(trial.fixture, outcome.answer ?? '') : new Set<number>();
    const labels = new Set([...seen, ...labelsOfPlaces(trial.fixture.rows, outcome.probed)]);
    return {
      actor,
      command,
      object,
      detail,
      labels: [...labels],
      passed: outcome.state === null && (command === 'select' || command === 'call' || labels.size > 0),
      outcome,
    };
  });
}

export async function tryView(trial: Trial, view: View, actors: readonly Actor[]): Promise<readonly Entry[]> {
  const attempts: Attempt[] = [];
  for (const role of actorsByRole(actors).values())
    role.forEach((actor, index) => {
      const { select, update, delete: removes } = rightsOf(trial, actor.role, view.oid);
      const add = (command: Command, detail: string, statement: string): void =>
        void attempts.push({
          actor,
          command,
          object: keyOf(view),
          detail,
          statement,
          probe: command === 'select' ? null : gone,
          answers: command === 'select',
        });
      if (select.size === 0 && index > 0) return;
      const columns = view.columns.map(({ name }) => name).filter((name) => select.has(name));
      add(
        'select',
        '',
        `${viewRead} from (select ${columns.length === 0 ? '*' : columns.map(quoteName).join(', ')} from ${quoteQualified(view)} limit ${trial.live ? 10_000 : 2_000}) as x`,
      );
      if (trial.live || view.kind === 'materialized') return;
      for (const name of update)
        if (select.has(name))
          add('update', name, `update ${quoteQualified(view)} set ${quoteName(name)} = ${quoteName(name)}`);
      if (removes) add('delete', '', `delete from ${quoteQualified(view)}`);
    });
  return await run(trial, attempts);
}

/** How far a sequence has counted: how many rows there have been, of everybody. */
export async function trySequences(trial: Trial, actors: readonly Actor[]): Promise<readonly Entry[]> {
  const sequences = trial.fixture.catalog.sequences.filter(({ schema }) => !isForeignSystem(schema));
  const attempts = [...actorsByRole(actors).values()].flatMap(([actor]) =>
    actor === undefined
      ? []
      : sequences.map(
          (sequence): Attempt => ({
            ...{ actor, command: 'select', object: keyOf(sequence), detail: 'sequence', probe: null, answers: true },
            statement: `select last_value::text from ${quoteQualified(sequence)}`,
          }),
        ),
  );
  return await run(trial, attempts);
}

const idLike = (type: string): boolean => /^(uuid|text|character varying|bigint|integer|json|jsonb)(\[\])?$/.test(type);

/** A value of the argument's type that speaks of this person; null when there is none. */
function argumentValue(trial: Trial, { name, type }: Argument, who: Person): string | null {
  const { byTable, catalog, structure } = trial.fixture;
  const bare = name.replace(/^_|^p_|^in_|^arg_|^v_/, '');
  const base = type.replace(/\[\]$/, '');
  const list = (value: string): string =>
    type.endsWith('[]') ? `{${/[",{}\s\\]/.test(value) ? JSON.stringify(value) : value}}` : value;
  switch (base) {
    case 'uuid':
      return list(who.id);
    case 'text':
    case 'character varying':
    case 'name':
    case 'citext':
      if (/e?mail/i.test(bare)) return list(who.email);
      if (/_?id$/i.test(bare)) return list(who.id);
      if (/role|title|level/i.test(bare)) return list('owner');
      return list(markOf(who.world, 0).slice(0, -1));
    case 'bigint':
    case 'integer':
      return list(numbered(structure, byTable, bare, who) ?? '10');
    case 'json':
    case 'jsonb':
      return list(JSON.stringify({ id: who.id, user_id: who.id, ids: [who.id], email: who.email }));
    case 'boolean':
      return list('true');
    case 'smallint':
    case 'numeric':
    case 'real':
    case 'double precision':
      return list('1');
    case 'date':
    case 'timestamp with time zone':
    case 'timestamp without time zone':
      return list('2026-11-21 00:00:00+00');
    case 'interval':
      return list('1 day');
    case 'regconfig':
      return list('simple');
    case 'regclass':
      return list([...byTable.keys()].find((key) => !structure.people.has(key)) ?? 'pg_catalog.pg_class');
    default: {
      if (/(^|\.)(vector|halfvec)$/.test(base)) {
        const dimensions =
          catalog.tables
            .flatMap(({ columns }) => columns)
            .find(({ typeName, typmod }) => /^(vector|halfvec)$/.test(typeName) && typmod > 0)?.typmod ?? 3;
        return `[${Array.from({ length: dimensions }, (_, index) => (index === 0 ? 1 : 0)).join(',')}]`;
      }
      const values = catalog.enums.find(
        (each) => keyOf(each) === base || (each.schema === 'public' && each.name === base),
      )?.values;
      return values?.[0] === undefined ? valueOfDomain(trial, base, who) : list(values[0]);
    }
  }
}

/** What a row of that person holds in a column of this domain: that its checks accept. */
function valueOfDomain({ fixture }: Trial, type: string, who: Person): string | null {
  for (const { key, table } of fixture.structure.shapes.values())
    for (const column of table.columns) {
      if (column.typeKind !== 'domain' || (column.type !== type && column.type !== `public.${type}`)) continue;
      const row = fixture.byTable
        .get(key)
        ?.find(({ person, values }) => person === who.key && values[column.name] != null);
      if (row !== undefined && typeof row.values[column.name] !== 'object') return cellOf(row, column.name);
    }
  return null;
}

/** The argument as SQL. A row of a table is made up from that person's own: whoever calls may write whatever row. */
function argumentText(trial: Trial, argument: Argument, who: Person): string | null {
  const value = argumentValue(trial, argument, who);
  if (value !== null) return `${literal(value)}::${argument.type}`;
  const key = argument.type.includes('.') ? argument.type : `public.${argument.type}`;
  const row = trial.fixture.byTable.get(key)?.find(({ person, variant }) => person === who.key && variant === 'plain');
  return row === undefined
    ? null
    : `jsonb_populate_record(null::${argument.type}, ${literal(JSON.stringify(row.values))}::jsonb)`;
}

/** The number of that person's row in the table that the argument's name means. */
function numbered(
  structure: Structure,
  byTable: Trial['fixture']['byTable'],
  bare: string,
  who: Person,
): string | null {
  const noun = /^(.+)_id$/.exec(bare)?.[1] ?? (bare === 'id' ? '' : null);
  if (noun === null) return null;
  for (const [key, rows] of byTable) {
    if (noun !== '' && !new RegExp(`[._]${noun}(s|es)?$`).test(key)) continue;
    const row = rows.find(({ person, variant }) => person === who.key && variant === 'plain');
    const column = structure.shapes
      .get(key)
      ?.table.columns.find(({ name, typeName }) => name === 'id' && /^int/.test(typeName));
    if (row !== undefined && column !== undefined) return cellOf(row, 'id');
  }
  return null;
}

/** Everything about the other; then one argument at a time; then only what must be given. */
function callsOf(trial: Trial, routine: Routine, actor: Actor): readonly Attempt[] | string {
  const own = actor.person ?? trial.fixture.people.find(({ key }) => key === 'a');
  const other = trial.fixture.people.find(({ key }) => key === (own?.world === 'b' ? 'a' : 'b'));
  if (own === undefined || other === undefined) return 'there is nobody to call it about';
  const given = routine.arguments.filter(({ mode }) => mode === 'in' || mode === 'inout' || mode === 'variadic');
  const known = given.map((argument) => argumentText(trial, argument, other) !== null);
  const missing = given.find((argument, index) => known[index] === false && !argument.hasDefault);
  if (missing !== undefined) return `its argument ${missing.name || ''} has type ${missing.type}`;
  const usable = given.slice(0, known.includes(false) ? known.indexOf(false) : given.length);
  const required = usable.slice(0, usable.findLastIndex(({ hasDefault }) => !hasDefault) + 1);
  const call = (used: readonly Argument[], about: (index: number) => Person): string => {
    const values = used.map(
      (argument, index) =>
        `${argument.mode === 'variadic' ? 'variadic ' : ''}${argumentText(trial, argument, about(index)) ?? 'null'}`,
    );
    return `${quoteQualified(routine)}(${values.join(', ')})`;
  };
  const calls = new Map<string, string>();
  const add = (text: string, detail: string): void => void (calls.has(text) || calls.set(text, detail));
  add(
    call(usable, () => other),
    `all of ${other.key}`,
  );
  if (required.length < usable.length)
    add(
      call(required, () => other),
      `what must be given, of ${other.key}`,
    );
  usable.forEach((argument, index) => {
    if (usable.length > 1 && idLike(argument.type) && calls.size < 8)
      add(
        call(usable, (at) => (at === index ? other : own)),
        `${argument.name || `$${index + 1}`} of ${other.key}`,
      );
  });
  add(
    call(usable, () => own),
    `all of ${own.key}`,
  );
  return [...calls].map(([text, detail]) => ({
    ...{ actor, command: 'call' as const, object: `${keyOf(routine)}(${routine.identity})`, detail, probe: gone },
    statement:
      routine.kind === 'procedure'
        ? `call ${text}`
        : `select string_agg(t, e'\\n') from (select ${text}::text as t limit 200) as r`,
    answers: routine.kind !== 'procedure',
  }));
}

/** Calls by everybody who may; one refusal a role for those who may not. A text says why it cannot be called. */
export async function tryFunction(
  trial: Trial,
  routine: Routine,
  actors: readonly Actor[],
): Promise<readonly Entry[] | string> {
  const entries: Entry[] = [];
  const first: Attempt[] = [];
  for (const role of actorsByRole(actors).values()) {
    const calls = role[0] === undefined ? [] : callsOf(trial, routine, role[0]);
    if (typeof calls === 'string') return calls;
    if (calls[0] !== undefined) first.push(calls[0]);
  }
  const asked = await run(trial, first);
  const allowed = new Set(asked.filter(({ outcome }) => !refusedCall(outcome)).map(({ actor }) => actor.role));
  entries.push(...asked.filter(({ actor }) => !allowed.has(actor.role)));
  const attempts = actors
    .filter(({ role }) => allowed.has(role))
    .flatMap((actor) => {
      const calls = callsOf(trial, routine, actor);
      return typeof calls === 'string' ? [] : calls;
    });
  entries.push(...(await run(trial, attempts)));
  return entries;
}

const refusedCall = (outcome: Outcome): boolean =>
  isRefused(outcome) && /permission denied for (function|schema|procedure|routine)/.test(outcome.message);

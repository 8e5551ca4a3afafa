// Attempts on a table: read it, change each column, remove, truncate. One attempt goes at all rows at once; where one row's
// refusal would hide what happens to the others, they are tried one by one.
import type { Column, Table } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { type Actor, type Attempt, type Command, keyOf, literal, type MadeRow, type Outcome } from './model.ts';
import { uniqueKeys } from './structure.ts';
import { runAttempts } from './trial.ts';
import {
  actorsByRole,
  cellOf,
  digestsOf,
  type Entry,
  goneProbe,
  isRefused,
  keyFilter,
  labelsOfPlaces,
  rightsOf,
  rowDigest,
  rowsIn,
  type Trial,
} from './trial-state.ts';

interface Planned {
  readonly attempt: Attempt;
  /** For reading: the columns behind the digests. */
  readonly columns: readonly string[];
  readonly rows: readonly MadeRow[];
}

const plan = (
  actor: Actor,
  command: Command,
  table: Table,
  detail: string,
  statement: string,
  probe: string | null,
  rows: readonly MadeRow[],
  columns: readonly string[] = [],
): Planned => ({
  attempt: { actor, command, object: keyOf(table), detail, statement, probe, answers: command === 'select' },
  columns,
  rows,
});

function readAttempt(trial: Trial, table: Table, actor: Actor, rows: readonly MadeRow[]): Planned {
  const { select } = rightsOf(trial, actor.role, table.oid);
  const columns = table.columns.map(({ name }) => name).filter((name) => select.has(name));
  if (columns.length === 0)
    return plan(actor, 'select', table, '', `select count(*)::text from ${quoteQualified(table)}`, null, rows);
  const filter = trial.live ? keyFilter(table, rows, select) : null;
  const where = filter === null ? (trial.live ? ' limit 10000' : '') : ` where ${filter}`;
  return plan(
    actor,
    'select',
    table,
    '',
    `select string_agg(d, ',') from (select ${rowDigest(columns)} as d from ${quoteQualified(table)}${where}) as r`,
    null,
    rows,
    columns,
  );
}

const changeable = ({ generated, identity }: Column): boolean => generated === null && identity !== 'always';

/** Where rows of others are there too, only what can be aimed is tried. Null: it cannot. */
const aim = (trial: Trial, table: Table, rows: readonly MadeRow[], readable: ReadonlySet<string>): string | null =>
  trial.live ? (keyFilter(table, rows, readable) === null ? null : ` where ${keyFilter(table, rows, readable)}`) : '';

function updateAttempts(
  trial: Trial,
  table: Table,
  actor: Actor,
  rows: readonly MadeRow[],
  first: boolean,
): readonly Planned[] {
  const { update, select } = rightsOf(trial, actor.role, table.oid);
  const probe = goneProbe(trial, rows);
  const where = aim(trial, table, rows, select);
  const planned: Planned[] = [];
  for (const column of table.columns.filter(changeable)) {
    // Where the whole role may not, one of its people says so for all.
    if (!update.has(column.name) && !first) continue;
    const value = select.has(column.name) ? quoteName(column.name) : literal(cellOf(rows[0] as MadeRow, column.name)); // checked: called with rows only
    if (where !== null)
      planned.push(
        plan(
          actor,
          'update',
          table,
          column.name,
          `update ${quoteQualified(table)} set ${quoteName(column.name)} = ${value}${where}`,
          probe,
          rows,
        ),
      );
  }
  // Without naming a column that is read, policies for SELECT do not count: whoever may write blindly may write unseen.
  const single = new Set(uniqueKeys(table).flat());
  const blind = table.columns.find(
    (column) => update.has(column.name) && changeable(column) && !single.has(column.name) && !column.array,
  );
  if (blind !== undefined && !trial.live && rows[0] !== undefined)
    planned.push(
      plan(
        actor,
        'update',
        table,
        `${blind.name} unseen`,
        `update ${quoteQualified(table)} set ${quoteName(blind.name)} = ${literal(cellOf(rows[0], blind.name))}`,
        probe,
        rows,
      ),
    );
  return planned;
}

function planFor(trial: Trial, table: Table, role: readonly Actor[], rows: readonly MadeRow[]): readonly Planned[] {
  return role.flatMap((actor, index) => {
    const first = index === 0;
    const { select, delete: removes } = rightsOf(trial, actor.role, table.oid);
    const planned: Planned[] = [];
    if (first || select.size > 0) planned.push(readAttempt(trial, table, actor, rows));
    planned.push(...updateAttempts(trial, table, actor, rows, first));
    const where = aim(trial, table, rows, select);
    if ((first || removes) && where !== null)
      planned.push(
        plan(actor, 'delete', table, '', `delete from ${quoteQualified(table)}${where}`, goneProbe(trial, rows), rows),
      );
    if (first) planned.push(plan(actor, 'truncate', table, '', `truncate ${quoteQualified(table)}`, null, rows));
    return planned;
  });
}

async function entryOf(
  trial: Trial,
  table: Table,
  { attempt, columns, rows }: Planned,
  outcome: Outcome,
): Promise<Entry> {
  const { actor, command, object, detail } = attempt;
  let labels: readonly number[] = [];
  if (outcome.state === null && command === 'select' && columns.length > 0) {
    const digests = await digestsOf(trial, table, columns);
    labels = (outcome.answer ?? '').split(',').flatMap((digest) => digests.get(digest) ?? []);
  } else if (outcome.state === null && command === 'select')
    labels = Number(outcome.answer) > 0 ? rows.map(({ label }) => label) : [];
  else if (outcome.state === null && command === 'truncate') labels = rows.map(({ label }) => label);
  else if (outcome.state === null) labels = labelsOfPlaces(rows, outcome.probed);
  // A foreign key or a check speaks only after the policies have let the row pass.
  else if (rows.length === 1 && (command === 'delete' || command === 'update') && /^23/.test(outcome.state))
    labels = rows.map(({ label }) => label);
  // Refused because others point to the table: it may be emptied.
  else if (command === 'truncate' && outcome.state === '0A000') labels = rows.map(({ label }) => label);
  return { actor, command, object, detail, labels: [...new Set(labels)], passed: labels.length > 0, outcome };
}

/** One by one, where an attempt at all of them ended in an error that is about one of them. */
function retries(trial: Trial, table: Table, { attempt, rows }: Planned, outcome: Outcome): readonly Planned[] {
  if (outcome.state === null || isRefused(outcome) || rows.length < 2) return [];
  if ((attempt.command !== 'update' && attempt.command !== 'delete') || attempt.detail.endsWith(' unseen')) return [];
  const { select } = rightsOf(trial, attempt.actor.role, table.oid);
  return rows.flatMap((row) => {
    const filter = keyFilter(table, [row], select);
    if (filter === null) return [];
    const statement = `${attempt.statement.replace(/ where [\s\S]*$/, '')} where ${filter}`;
    return [{ attempt: { ...attempt, statement, probe: goneProbe(trial, [row]) }, columns: [], rows: [row] }];
  });
}

/** Reads and writes of one table by these actors. */
export async function tryTable(trial: Trial, table: Table, actors: readonly Actor[]): Promise<readonly Entry[]> {
  const rows = rowsIn(trial, table);
  if (rows.length === 0) return [];
  const planned = [...actorsByRole(actors).values()].flatMap((role) => planFor(trial, table, role, rows));
  const outcomes = await runAttempts(
    trial.session,
    planned.map(({ attempt }) => attempt),
  );
  const again = planned.flatMap((each, index) => retries(trial, table, each, outcomes[index] as Outcome)); // checked: an outcome each
  const repeated = await runAttempts(
    trial.session,
    again.map(({ attempt }) => attempt),
  );
  const entries: Entry[] = [];
  for (const [index, each] of planned.entries())
    entries.push(await entryOf(trial, table, each, outcomes[index] as Outcome)); // checked: see above
  for (const [index, each] of again.entries())
    entries.push(await entryOf(trial, table, each, repeated[index] as Outcome)); // checked: see above
  return entries;
}

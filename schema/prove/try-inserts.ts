// Attempts that put rows where they do not belong: written in another's name, hung on another's parent, moved to another.
import type { Table } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { draftValues, plain, type Variant, variantsOf } from './drafts.ts';
import { insertText } from './make-rows.ts';
import { type Actor, type Attempt, keyOf, literal, type MadeRow, type Outcome, type Person } from './model.ts';
import { type Reference, type Shape, uniqueKeys } from './structure.ts';
import { runAttempts } from './trial.ts';
import { cellOf, type Entry, keyFilter, newRowProbe, rightsOf, rowsIn, type Trial } from './trial-state.ts';
import { allowedValues } from './values.ts';

type Values = ReadonlyMap<string, string | null>;

interface Planned {
  readonly attempt: Attempt;
  /** Rows that the attempt speaks of: the parent it hangs on, the row it moves. */
  readonly labels: readonly number[];
}

const only = (values: Values, allowed: ReadonlySet<string>): Values =>
  new Map([...values].filter(([name]) => allowed.has(name)));

function insertPlan(
  trial: Trial,
  table: Table,
  actor: Actor,
  detail: string,
  values: Values,
  deciding: readonly string[],
  labels: readonly number[],
): Planned {
  const wanted = Object.fromEntries(
    deciding.filter((name) => values.has(name)).map((name) => [name, values.get(name) ?? null]),
  );
  return {
    attempt: {
      ...{ actor, command: 'insert' as const, object: keyOf(table), detail, answers: false },
      statement: insertText(table, values),
      probe: Object.keys(wanted).length === 0 ? `select '1'` : newRowProbe(trial, table, wanted),
    },
    labels,
  };
}

const strangerOf = (trial: Trial, { world }: Person): Person | undefined =>
  trial.fixture.people.find(({ key }) => key === (world === 'b' ? 'a' : 'b'));
const personOf = (trial: Trial, actor: Actor): Person | undefined =>
  actor.person ?? trial.fixture.people.find(({ key }) => key === 'a');
const ownerColumns = (
  { references, personColumns, tenantColumns }: Shape,
  people: ReadonlyMap<string, unknown>,
): readonly string[] => [
  ...references.filter(({ target }) => people.has(target)).flatMap(({ columns }) => columns),
  ...personColumns,
  ...tenantColumns,
];

/** The stranger's row that a reference could be turned to, with the values that do it. */
function turned(
  trial: Trial,
  shape: Shape,
  reference: Reference,
  stranger: Person,
): { readonly row: MadeRow; readonly values: Values } | null {
  const toPerson = trial.fixture.structure.people.has(reference.target);
  const rows = (trial.fixture.byTable.get(reference.target) ?? []).filter(({ person, world }) =>
    toPerson ? person === stranger.key : world === stranger.world,
  );
  // A row that is nobody's says nothing: better one of the stranger's organization.
  const owned = rows.filter(({ people, containers }) => people.size > 0 || containers.size > 0);
  const row = owned.find(({ variant }) => variant === 'plain') ?? owned[0] ?? rows[0];
  if (row === undefined) return null;
  const values = new Map(
    reference.columns.flatMap((name, index) =>
      shape.table.columns.find((column) => column.name === name)?.generated === null
        ? [[name, cellOf(row, reference.targetColumns[index] ?? '')] as const]
        : [],
    ),
  );
  return values.size === 0 ? null : { row, values };
}

/** What the actor could say to make a row of this table somebody else's: `user_id of b`. */
function turns(
  trial: Trial,
  shape: Shape,
  stranger: Person,
): readonly { readonly detail: string; readonly values: Values; readonly labels: readonly number[] }[] {
  const found = shape.references.flatMap((reference) => {
    const turn = turned(trial, shape, reference, stranger);
    return turn === null
      ? []
      : [
          {
            detail: `${reference.columns.join(', ')} of ${stranger.key}`,
            values: turn.values,
            labels: [turn.row.label],
          },
        ];
  });
  // In storage the path says whose a file is.
  if (shape.key === 'storage.objects')
    found.push({
      detail: `name of ${stranger.key}`,
      values: new Map([['name', `${stranger.id}/planted.txt`]]),
      labels: [],
    });
  const plainRow = (trial.fixture.byTable.get(shape.key) ?? []).find(
    ({ person, variant }) => person === stranger.key && variant === 'plain',
  );
  const linkedRow = (trial.fixture.byTable.get(shape.key) ?? []).find(
    ({ person, variant }) => person === stranger.key && variant === 'linked',
  );
  for (const name of [...shape.personColumns, ...shape.tenantColumns]) {
    const value =
      (plainRow === undefined ? null : cellOf(plainRow, name)) ??
      (linkedRow === undefined ? null : cellOf(linkedRow, name)) ??
      stranger.id;
    found.push({ detail: `${name} of ${stranger.key}`, values: new Map([[name, value]]), labels: [] });
  }
  return found;
}

/** What the fixture found out that checks accept; keys, references and what makes the variant stay as they are. */
function provenValues(trial: Trial, shape: Shape, variant: Variant, person: Person, values: Values): Values {
  const rows = (trial.fixture.byTable.get(shape.key) ?? []).filter((row) => row.person === person.key);
  const row =
    rows.find((each) => each.variant === variant.name) ?? rows.find((each) => each.variant === 'plain') ?? rows[0];
  if (row === undefined) return new Map();
  const kept = new Set([
    ...uniqueKeys(shape.table).flat(),
    ...shape.references.flatMap(({ columns }) => columns),
    ...shape.personColumns,
    ...shape.tenantColumns,
    ...Object.keys(variant.set),
  ]);
  const checked = new Set(
    shape.table.constraints.filter(({ kind }) => kind === 'check').flatMap(({ columns }) => columns),
  );
  const changed = shape.table.columns.filter(
    ({ name, generated, identity, array }) =>
      generated === null &&
      identity === null &&
      !array &&
      checked.has(name) &&
      !kept.has(name) &&
      (values.has(name) || row.values[name] !== null),
  );
  return new Map(changed.map(({ name }) => [name, cellOf(row, name)]));
}

function insertsOf(trial: Trial, shape: Shape, actor: Actor, first: boolean): readonly Planned[] {
  const { fixture } = trial;
  const { insert } = rightsOf(trial, actor.role, shape.table.oid);
  const who = personOf(trial, actor);
  const stranger = who === undefined ? undefined : strangerOf(trial, who);
  if (who === undefined || stranger === undefined || (insert.size === 0 && !first)) return [];
  const draft = (variant: Variant, person: Person): Values | null => {
    const values = draftValues(fixture.store, shape, variant, person, fixture.store.serial++, true);
    if (values === null || insert.size === 0) return values;
    return only(new Map([...values, ...provenValues(trial, shape, variant, person, values)]), insert);
  };
  const planned: Planned[] = [];
  const owners = ownerColumns(shape, fixture.structure.people);
  const variants =
    actor.name === 'a' || actor.kind === 'service'
      ? variantsOf(fixture.store, shape)
      : actor.person?.title != null
        ? variantsOf(fixture.store, shape).filter(({ into }) => into !== null)
        : [];
  for (const variant of insert.size === 0 ? [plain] : [plain, ...variants.filter(({ name }) => name !== 'plain')]) {
    if (Object.keys(variant.set).some((name) => insert.size > 0 && !insert.has(name))) continue;
    const values = draft(variant, who);
    if (values !== null) planned.push(insertPlan(trial, shape.table, actor, `own ${variant.name}`, values, owners, []));
  }
  if (insert.size === 0 || actor.kind === 'service') return planned;
  const foreign = draft(plain, stranger);
  if (foreign !== null && [...foreign.keys()].some((name) => owners.includes(name)))
    planned.push(insertPlan(trial, shape.table, actor, `as ${stranger.key}`, foreign, owners, []));
  for (const { detail, values, labels } of turns(trial, shape, stranger)) {
    const own = draft(plain, who);
    if (own === null || [...values.keys()].every((name) => !insert.has(name))) continue;
    planned.push(
      insertPlan(
        trial,
        shape.table,
        actor,
        detail,
        only(new Map([...own, ...values]), insert),
        [...values.keys()],
        labels,
      ),
    );
  }
  planned.push(...inOwnContainers(trial, shape, actor, stranger, variants, draft));
  planned.push(...collisions(trial, shape, actor, stranger, draft(plain, who), insert));
  return planned;
}

/** In the stranger's name, or hung on the stranger's row, where the tenant is one's own: that alone must not let it pass. */
function inOwnContainers(
  trial: Trial,
  shape: Shape,
  actor: Actor,
  stranger: Person,
  variants: readonly Variant[],
  draft: (variant: Variant, person: Person) => Values | null,
): readonly Planned[] {
  const { insert } = rightsOf(trial, actor.role, shape.table.oid);
  return variants
    .filter(({ into, name }) => into !== null && name === `in ${into}`)
    .flatMap((variant) =>
      turns(trial, shape, stranger).flatMap(({ detail, values, labels }) => {
        const own = actor.person === null ? null : draft(variant, actor.person);
        if (own === null || ![...values.keys()].every((name) => insert.has(name))) return [];
        const both = new Map([...own, ...values]);
        return [insertPlan(trial, shape.table, actor, `${detail} ${variant.name}`, both, [...values.keys()], labels)];
      }),
    );
}

/** A value that must be unique, taken from the stranger: the refusal would tell that it is there. */
function collisions(
  trial: Trial,
  { key, table }: Shape,
  actor: Actor,
  stranger: Person,
  own: Values | null,
  insert: ReadonlySet<string>,
): readonly Planned[] {
  const row = (trial.fixture.byTable.get(key) ?? []).find(
    ({ person, variant }) => person === stranger.key && variant === 'plain',
  );
  if (row === undefined || own === null) return [];
  return uniqueKeys(table).flatMap((names) => {
    if (names.some((name) => !insert.has(name)) || names.every((name) => own.get(name) === cellOf(row, name)))
      return [];
    const values = new Map([...own, ...names.map((name) => [name, cellOf(row, name)] as const)]);
    return [insertPlan(trial, table, actor, `${names.join(', ')} like ${stranger.key}`, values, names, [row.label])];
  });
}

/** Rows made for the actor, turned to the stranger by each column that could; and given each other value of a column. */
function movesOf(trial: Trial, shape: Shape, actor: Actor): readonly Planned[] {
  const { select, update } = rightsOf(trial, actor.role, shape.table.oid);
  const who = personOf(trial, actor);
  const stranger = who === undefined ? undefined : strangerOf(trial, who);
  if (who === undefined || stranger === undefined || update.size === 0) return [];
  const made = rowsIn(trial, shape.table).filter(({ person, people }) => person === who.key || people.has(who.key));
  const row = made.find(({ variant }) => variant === 'plain') ?? made[0];
  if (row === undefined) return [];
  const filter = keyFilter(shape.table, [row], select);
  if (filter === null && trial.live) return [];
  const change = (
    detail: string,
    changed: readonly (readonly [string, string | null])[],
    labels: readonly number[],
    where: string | null,
  ): Planned => ({
    attempt: {
      ...{ actor, command: 'update' as const, object: keyOf(shape.table), detail, answers: false },
      statement: `update ${quoteQualified(shape.table)} set ${changed.map(([name, value]) => `${quoteName(name)} = ${literal(value)}`).join(', ')}${where === null ? '' : ` where ${where}`}`,
      probe: newRowProbe(trial, shape.table, Object.fromEntries(changed)),
    },
    labels,
  });
  // Aimed by the key, policies for SELECT hold for the new row too; unaimed they do not.
  const aims = filter === null || trial.live ? [filter] : [filter, null];
  const moved = (actor.kind === 'service' ? [] : turns(trial, shape, stranger)).flatMap(
    ({ detail, values, labels }) => {
      const changed = [...values].filter(([name]) => update.has(name));
      return changed.length === 0 ? [] : aims.map((where) => change(`moved: ${detail}`, changed, labels, where));
    },
  );
  const set = shape.table.columns
    .filter(({ name, generated }) => generated === null && update.has(name))
    .flatMap((column) => {
      const now = cellOf(row, column.name);
      const values =
        column.typeName === 'bool'
          ? ['true', 'false']
          : (allowedValues(trial.fixture.catalog, shape.table, column) ?? []);
      return values
        .filter((value) => value !== now)
        .slice(0, 5)
        .map((value) => change(`set: ${column.name}=${value}`, [[column.name, value]], [row.label], filter));
    });
  return [...moved, ...set];
}

export async function tryInserts(trial: Trial, table: Table, actors: readonly Actor[]): Promise<readonly Entry[]> {
  const shape = trial.fixture.structure.shapes.get(keyOf(table));
  if (
    shape === undefined ||
    !trial.fixture.byTable.has(table.partitionOf === null ? shape.key : keyOf(table.partitionOf))
  )
    return [];
  const seen = new Set<string>();
  const planned = actors.flatMap((actor) => {
    const first = !seen.has(actor.role);
    seen.add(actor.role);
    return [...insertsOf(trial, shape, actor, first), ...movesOf(trial, shape, actor)];
  });
  const outcomes = await runAttempts(
    trial.session,
    planned.map(({ attempt }) => attempt),
  );
  return planned.map(({ attempt: { actor, command, object, detail }, labels }, index) => {
    const outcome = outcomes[index] as Outcome; // checked: an outcome each
    return { actor, command, object, detail, labels, passed: hasPassed(outcome, detail, table), outcome };
  });
}

/** The row was let in; or only a key kept it out, and of an own row a check: they speak after the policies have. */
const hasPassed = ({ state, table, probed }: Outcome, detail: string, { name }: Table): boolean =>
  state === null
    ? probed !== null && probed !== '0'
    : table === name && (state === '23505' || (/^23(514|P01)$/.test(state) && detail.startsWith('own ')));

// The fixture: rows of two strangers and of an administrator in every table, alike and distinguishable, in the order of
// their foreign keys. Rows that a check refuses are mended from what the refusal says.
import type { Catalog } from '../catalog/model.ts';
import { quoteQualified } from '../quote.ts';
import { type Session, ToolError } from '../session.ts';
import { closeCircles } from './circles.ts';
import { draftValues, plain, reachOf, type Store, type Variant, variantsOf } from './drafts.ts';
import { insertText, type Made, makeRows, prepareMaking, returning } from './make-rows.ts';
import { type Draft, type Mending, mend } from './mend.ts';
import { keyOf, type MadeRow, type Person } from './model.ts';
import { partitionConditions } from './partitions.ts';
import { makePeople, titleIn } from './people.ts';
import { draftsForPolicies } from './policy-rows.ts';
import { type Reference, readStructure, type Shape, type Structure } from './structure.ts';
import { allowedValues, firstSerial } from './values.ts';

export interface Fixture {
  readonly catalog: Catalog;
  readonly structure: Structure;
  readonly people: readonly Person[];
  readonly rows: readonly MadeRow[];
  readonly byTable: ReadonlyMap<string, readonly MadeRow[]>;
  readonly byLabel: ReadonlyMap<number, MadeRow>;
  readonly bySerial: ReadonlyMap<number, MadeRow>;
  /** Tables that no row could be made for, with the reason of the last refusal. */
  readonly unmade: ReadonlyMap<string, string>;
  /** Who is a member of which container, by its label, and called what. */
  readonly members: ReadonlyMap<number, ReadonlyMap<string, string | null>>;
  /** Whether triggers and foreign keys slept while the rows were made. */
  readonly quiet: boolean;
  readonly store: Store;
}

async function insertAll(session: Session, drafts: readonly Draft[]): Promise<readonly Made[]> {
  if (drafts.length === 0) return [];
  const texts = drafts.map(({ shape, values }) => insertText(shape.table, values) + returning);
  return await makeRows(session, texts);
}

const fullMember = /^(is_)?(shared|active|accepted|enabled|confirmed|approved)$/;

/** Drafts of one table: a row a person where it is about people, a row a member where it holds members, else all variants. */
function draftsOf(store: Store, shape: Shape, people: readonly Person[]): readonly Draft[] {
  const { structure, catalog } = store;
  const wanted: { readonly person: Person; readonly variant: Variant }[] = [];
  const memberships = structure.memberships.filter(({ table }) => table === shape.key);
  if (structure.people.has(shape.key)) wanted.push(...people.map((person) => ({ person, variant: plain })));
  else if (memberships.length > 0) {
    for (const { container, person: whose, title } of memberships) {
      const column = shape.table.columns.find(({ name }) => name === title);
      const allowed = column === undefined ? null : allowedValues(catalog, shape.table, column);
      for (const row of store.byTable.get(container.target) ?? []) {
        for (const person of people) {
          const invited =
            row.variant === `in ${container.target}` && person.world === row.world && person.title !== null;
          if (person.key !== row.person && !invited) continue;
          const account = store.byTable.get(whose.target)?.find((each) => each.person === person.key);
          if (account === undefined) continue;
          const valuesOf = (
            { columns, targetColumns }: Reference,
            target: MadeRow,
          ): readonly (readonly [string, string])[] =>
            columns.map((name, index) => [name, String(target.values[targetColumns[index] ?? ''])] as const);
          const set: Record<string, string | null> = Object.fromEntries([
            ...valuesOf(container, row),
            ...valuesOf(whose, account),
          ]);
          const called = allowed === null ? undefined : titleIn(allowed, person);
          if (title !== null && called !== undefined) set[title] = called;
          // Flags that triggers keep, asleep now: where several are members, each is a member to the full.
          if (row.variant === `in ${container.target}`)
            for (const { name, typeName } of shape.table.columns)
              if (typeName === 'bool' && fullMember.test(name)) set[name] = 'true';
          wanted.push({
            person,
            variant: { name: `${called ?? 'member'} ${row.variant}`, into: null, linked: false, set },
          });
        }
      }
    }
  } else {
    const variants = variantsOf(store, shape);
    for (const person of people) {
      if (person.key === 'a' || person.key === 'b') wanted.push(...variants.map((variant) => ({ person, variant })));
      if (person.key === 'staff') wanted.push({ person, variant: plain });
      // What colleagues made where others see it; and what somebody left there who is no member any more.
      const former = person.key === 'a.friend';
      if (former || (person.title !== null && person.key !== person.world))
        wanted.push(
          ...variants
            .filter(
              ({ into, name }) => into !== null && name === `in ${into}` && (!former || liesIn(structure, shape, into)),
            )
            .map((variant) => ({ person, variant })),
        );
    }
  }
  return wanted.flatMap(({ person, variant }) => {
    const serial = store.serial++;
    const values = draftValues(store, shape, variant, person, serial);
    return values === null ? [] : [{ shape, variant, person, serial, values, tries: 0 }];
  });
}

/** Directly, and in a container that lies in no other. */
const liesIn = ({ shapes, containers }: Structure, shape: Shape, container: string): boolean =>
  shape.references.some(({ target }) => target === container) &&
  shapes.get(container)?.references.some(({ target }) => containers.has(target)) !== true;

/** Makes the rows. Throws ToolError when there is nobody to make them for. */
export async function makeFixture(session: Session, given: Catalog): Promise<Fixture> {
  const structure = readStructure(given);
  if (structure.shapes.size === 0) throw new ToolError('There is no table to prove anything about.');
  const people = makePeople(given, structure);
  const unmade = new Map<string, string>();
  await prepareMaking(session);
  const quiet = await sleepTriggers(session);
  const catalog = await addBucket(session, given);
  const store: Store = { catalog, structure, rows: [], byTable: new Map(), serial: firstSerial, quiet };
  const mending = { session, store, conditions: await partitionConditions(session, catalog) };
  for (const key of structure.order) {
    const shape = structure.shapes.get(key);
    if (shape === undefined || shape.table.partitionOf !== null) continue;
    const drafts = draftsOf(store, shape, people);
    let reason = await makeDrafts(mending, drafts, people);
    if (drafts.length === 0) reason = 'a row that it must point to could not be made';
    else if (!store.byTable.has(key) && (await vacate(session, shape)))
      reason = await makeDrafts(mending, draftsOf(store, shape, people), people);
    if (!store.byTable.has(key)) unmade.set(key, reason);
  }
  await makeDrafts(mending, await draftsForPolicies(mending, people), people);
  if (quiet) await closeCircles(session, store, people);
  if (quiet) await session.exec(`set session_replication_role = origin`);
  if (quiet) await dropDangling(session, store);
  for (const [key, rows] of store.byTable)
    if (rows.length === 0) unmade.set(key, 'every row pointed to one that could not be made');
  shareStoredFiles(store);
  return {
    ...{ catalog, structure, people, unmade, quiet, store },
    rows: store.rows,
    byTable: store.byTable,
    byLabel: new Map(store.rows.map((row) => [row.label, row])),
    bySerial: new Map(store.rows.map((row) => [row.serial, row])),
    members: membersOf(store, people),
  };
}

/** Inserts, mends what was refused and inserts again; the reason of the last refusal. */
async function makeDrafts(mending: Mending, wanted: readonly Draft[], people: readonly Person[]): Promise<string> {
  const { session, store } = mending;
  let drafts = wanted;
  let reason = '';
  while (drafts.length > 0) {
    const answers = await insertAll(session, drafts);
    const again: Draft[] = [];
    for (const [index, draft] of drafts.entries()) {
      const answer = answers[index];
      if (answer === undefined) continue;
      if ('r' in answer) {
        keep(store, draft, answer.r, people);
        continue;
      }
      reason = answer.e[1];
      if (await mend(mending, draft, answer.e)) again.push(draft);
    }
    drafts = again;
  }
  return reason;
}

/** A table that holds its one row already gives it up to ours: this is a copy, or will be rolled back. Whether it did. */
async function vacate(session: Session, { table }: Shape): Promise<boolean> {
  const name = quoteQualified(table);
  const only = `(select count(*) = 1 from (select from ${name} limit 2) as few)`;
  const [before] = await session.rows(`select ${only}`);
  if (before?.[0] !== 't') return false;
  await session.exec(`do $$ begin delete from ${name}; exception when others then null; end $$`);
  return (await session.rows(`select from ${name} limit 1`)).length === 0;
}

function keep(
  store: Store,
  draft: Draft,
  [relation, place, values]: readonly [string, string, Record<string, unknown>],
  people: readonly Person[],
): void {
  const { shape, variant, person } = draft;
  const label = (store.rows.at(-1)?.label ?? 0) + 1;
  const reach = reachOf(store, shape, values, person, people);
  const containers = store.structure.containers.has(shape.key)
    ? new Set([...reach.containers, label])
    : reach.containers;
  const row: MadeRow = {
    label,
    serial: draft.serial,
    table: shape.key,
    world: person.world,
    person: person.key,
    variant: variant.name,
    relation: Number(relation),
    place,
    values,
    ...reach,
    containers,
  };
  store.rows.push(row);
  const rows = store.byTable.get(shape.key);
  if (rows === undefined) store.byTable.set(shape.key, [row]);
  else rows.push(row);
}

/** One more bucket than the schema knows, so that a policy for one bucket can be told from a policy for all. */
async function addBucket(session: Session, catalog: Catalog): Promise<Catalog> {
  if (catalog.buckets.length === 0) return catalog;
  const id = 'loam-prove-other';
  await session.rows('insert into storage.buckets (id, name) values ($1, $1)', [id]);
  return {
    ...catalog,
    buckets: [...catalog.buckets, { id, name: id, public: false, fileSizeLimit: null, allowedMimeTypes: null }],
  };
}

/** Rows made while foreign keys slept that point nowhere: later they would be refused for that, and not by a policy. */
async function dropDangling(session: Session, store: Store): Promise<void> {
  for (const { table, references } of store.structure.shapes.values()) {
    const rows = store.byTable.get(keyOf(table)) ?? [];
    const dangling = rows.filter((row) =>
      references.some(
        ({ hard, columns, target, targetColumns }) =>
          hard &&
          columns.every((name) => row.values[name] != null) &&
          !(store.byTable.get(target) ?? []).some((each) =>
            columns.every(
              (name, index) => String(row.values[name]) === String(each.values[targetColumns[index] ?? '']),
            ),
          ),
      ),
    );
    for (const row of dangling) {
      const held = store.catalog.tables.find(({ oid }) => oid === row.relation);
      if (held !== undefined)
        await session.exec(
          `set session_replication_role = replica; delete from only ${quoteQualified(held)} where ctid = '${row.place}'; set session_replication_role = origin`,
        );
      store.rows.splice(store.rows.indexOf(row), 1);
      rows.splice(rows.indexOf(row), 1);
    }
  }
}

/** A stored file is shared with whom the row is shared that names it. */
function shareStoredFiles(store: Store): void {
  for (const { key, references } of store.structure.shapes.values())
    for (const { target, columns, targetColumns } of references) {
      if (target !== 'storage.objects') continue;
      for (const row of store.byTable.get(key) ?? []) {
        const index = store.rows.findIndex(
          (each) =>
            each.table === target &&
            columns.every((name, at) => row.values[name] === each.values[targetColumns[at] ?? '']),
        );
        const file = store.rows[index];
        if (file === undefined || (row.containers.size === 0 && !row.published)) continue;
        const shared = {
          ...file,
          containers: new Set([...file.containers, ...row.containers]),
          published: file.published || row.published,
        };
        store.rows[index] = shared;
        store.byTable.set(
          target,
          (store.byTable.get(target) ?? []).map((each) => (each === file ? shared : each)),
        );
      }
    }
}

/** With triggers and foreign keys asleep each row is what it was made as; without the right to that, they run. */
async function sleepTriggers(session: Session): Promise<boolean> {
  await session.exec('savepoint loam_quiet');
  try {
    await session.exec(`set session_replication_role = replica`);
    return true;
  } catch {
    await session.exec('rollback to savepoint loam_quiet');
    return false;
  }
}

function membersOf(store: Store, people: readonly Person[]): Fixture['members'] {
  const members = new Map<number, Map<string, string | null>>();
  for (const { table, container, person, title } of store.structure.memberships) {
    for (const row of store.byTable.get(table) ?? []) {
      const held = store.byTable
        .get(container.target)
        ?.find((each) =>
          container.columns.every(
            (name, index) =>
              row.values[name] !== null &&
              String(row.values[name]) === String(each.values[container.targetColumns[index] ?? '']),
          ),
        );
      if (held === undefined) continue;
      const account =
        person === container
          ? row
          : store.byTable
              .get(person.target)
              ?.find((each) =>
                person.columns.every(
                  (name, index) => String(row.values[name]) === String(each.values[person.targetColumns[index] ?? '']),
                ),
              );
      const who = people.find(({ key }) => key === account?.person);
      if (who === undefined) continue;
      const known = members.get(held.label);
      const called = title === null ? null : String(row.values[title]);
      if (known === undefined) members.set(held.label, new Map([[who.key, called]]));
      else known.set(who.key, called);
    }
  }
  return members;
}

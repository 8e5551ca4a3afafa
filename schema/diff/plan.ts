// From changes to statements in order: which step waits for which, what is said inside `create table`, what is left unsaid
// because something greater drops it, and what comes last because it loses something.
import type { Domain } from '../catalog/model.ts';
import { quoteQualified } from '../quote.ts';
import { type Change, dependenciesOf, type Sided } from './changes.ts';
import { circularParts } from './circles.ts';
import { defaultMark } from './columns.ts';
import { inOrder, type Step } from './order.ts';
import { type Id, type Kind, type Piece, type Statement, sql } from './piece.ts';
import { createTable, type TableObject } from './tables.ts';
import { createDomain, type OfType } from './user-types.ts';

/** Statements that belong together, with what has to be said before them. */
export interface Block {
  readonly section: Kind;
  readonly group: string;
  readonly statements: readonly Statement[];
  readonly loses: string | null;
  readonly warns: readonly string[];
}

const sections: readonly (readonly Kind[])[] = [
  ['role'],
  ['schema'],
  ['extension'],
  ['wrapper', 'server'],
  ['enum', 'domain', 'domain check', 'composite', 'range'],
  ['dictionary', 'search configuration'],
  ['sequence'],
  ['table', 'column', 'default', 'sequence owner', 'constraint', 'index', 'statistics', 'rls'],
  ['function'],
  ['operator', 'cast'],
  ['view'],
  ['rule', 'trigger'],
  ['policy'],
  ['owner', 'grants', 'comment'],
  // After all that is made: rights of what comes later.
  ['default rights'],
  ['publication', 'published table', 'bucket'],
  ['event trigger'],
];
const sectionOf = (kind: Kind): number => sections.findIndex((kinds) => kinds.includes(kind));
const within: readonly Kind[] = [
  'table',
  'column',
  'default',
  'sequence owner',
  'constraint',
  'index',
  'statistics',
  'rls',
  'owner',
  'grants',
  'comment',
];

const makes = (change: Change | undefined): boolean => change !== undefined && change.how !== 'drop';
const drops = (change: Change | undefined): boolean => change?.how === 'drop' || change?.how === 'replace';
const isNew = (change: Change | undefined): boolean => change?.how === 'create' || change?.how === 'replace';
const make = (id: Id): string => `make ${id}`;
const drop = (id: Id): string => `drop ${id}`;

interface Plan {
  readonly a: Sided;
  readonly b: Sided;
  readonly changes: ReadonlyMap<Id, Change>;
  /** What is dropped by itself because tables that all go stand on each other. */
  readonly circular?: ReadonlySet<Id>;
}

/** The greater thing whose drop takes this piece along, or the piece itself. */
function dropper(plan: Plan, id: Id): Id {
  const { a, changes, circular } = plan;
  const piece = a.pieces.get(id);
  if (piece === undefined || circular?.has(id) === true) return id;
  for (const parent of [piece.parent, ...piece.parts])
    if (parent !== null && parent !== id && drops(changes.get(parent))) return dropper(plan, parent);
  return id;
}

/** A new column is made with its new table, a new default with its new column. */
function maker({ b, changes }: Plan, id: Id): Id {
  const piece = b.pieces.get(id);
  const { parent } = piece ?? { parent: null };
  if (piece === undefined || parent === null || !isNew(changes.get(id)) || !isNew(changes.get(parent))) return id;
  if (piece.kind === 'column') return parent;
  const column = b.pieces.get(parent);
  return piece.kind === 'default' && column !== undefined && maker({ a: b, b, changes }, parent) === parent
    ? parent
    : id;
}

const loss = (change: Change | undefined): string | null => {
  if (change === undefined || change.how === 'create') return null;
  if (change.how === 'alter') return change.by.loses;
  return change.from.loses;
};

/** Tables after those that they refer to, else by name. */
function tableRanks({ b }: Plan): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  const tables = [...b.pieces.values()]
    .filter(({ kind }) => kind === 'table')
    .toSorted((x, y) => (x.title < y.title ? -1 : 1));
  const targets = new Map<Id, Id[]>();
  for (const piece of b.pieces.values())
    if (piece.kind === 'constraint' && piece.parent !== null)
      targets.set(piece.parent, [
        ...(targets.get(piece.parent) ?? []),
        ...piece.needs.filter((id) => id.startsWith('["table"')),
      ]);
  const open = new Set<Id>();
  const visit = (piece: Piece): void => {
    if (ranks.has(piece.group) || open.has(piece.id)) return;
    open.add(piece.id);
    for (const id of [...(targets.get(piece.id) ?? []), ...dependenciesOf(b, piece)]) {
      const target = b.pieces.get(id);
      if (target?.kind === 'table') visit(target);
    }
    ranks.set(piece.group, ranks.size);
  };
  for (const table of tables) visit(table);
  return ranks;
}

function stepsOf(plan: Plan): readonly Step[] {
  const ranks = tableRanks(plan);
  const steps: Step[] = [];
  for (const [id, change] of plan.changes) {
    const piece = change.how === 'drop' ? change.from : change.to;
    const place = [
      ranks.get(piece.group) ?? -1,
      piece.group,
      within.indexOf(piece.kind),
      positionOf(piece),
      piece.title,
    ] as const;
    const section = sectionOf(piece.kind);
    if (drops(change) && dropper(plan, id) === id)
      steps.push({ key: drop(id), rank: [loss(change) === null ? 0 : 2, -section, ...place] });
    if (makes(change) && maker(plan, id) === id)
      steps.push({ key: make(id), rank: [phaseOf(change), section, ...place] });
  }
  return steps;
}

/** What loses something comes last; a partition is detached before another takes its range. */
function phaseOf(change: Change): number {
  if (change.how !== 'alter') return 1;
  if (loss(change) !== null) return 2;
  const { from, to } = change;
  return from.kind === 'table' &&
    (from.object as TableObject).table.partitionOf !== null &&
    (to.object as TableObject).table.partitionOf === null // checked: pieces of kind table
    ? 0
    : 1;
}

const positionOf = ({ object }: Piece): number => {
  const column = object !== null && typeof object === 'object' && 'column' in object ? object.column : null;
  return column !== null && typeof column === 'object' && 'position' in column ? Number(column.position) : 0;
};

type Graph = Map<string, Set<string>>;
const link = (graph: Graph, first: string, then: string): void => {
  if (first === then) return;
  const found = graph.get(then);
  if (found === undefined) graph.set(then, new Set([first]));
  else found.add(first);
};

/** Which step must come before which. */
function constraintsOf(plan: Plan): Graph {
  const { a, b, changes } = plan;
  const graph: Graph = new Map();
  const dropOf = (id: Id): string => drop(dropper(plan, id));
  const makeOf = (id: Id): string => make(maker(plan, id));
  const dropClaims = new Map<string, Id[]>();
  for (const [id, change] of changes) {
    if (change.how === 'replace') link(graph, dropOf(id), makeOf(id));
    if (drops(change))
      for (const claim of a.pieces.get(id)?.claims ?? []) dropClaims.set(claim, [...(dropClaims.get(claim) ?? []), id]);
    const before = a.pieces.get(id);
    if (before !== undefined)
      for (const other of dependenciesOf(a, before)) {
        const beneath = changes.get(other);
        if (drops(beneath)) link(graph, drops(change) ? dropOf(id) : makeOf(id), dropOf(other));
        else if (beneath?.how === 'alter' && beneath.by.breaks.size > 0) {
          const leaves =
            change.how === 'alter' &&
            !(b.pieces.get(id)?.needs.includes(other) ?? false) &&
            !(b.edges.get(id)?.has(other) ?? false);
          if (drops(change)) link(graph, dropOf(id), makeOf(other));
          else if (leaves) link(graph, makeOf(id), makeOf(other));
        }
      }
    const after = b.pieces.get(id);
    if (after !== undefined)
      for (const other of dependenciesOf(b, after))
        if (makes(changes.get(other))) {
          const leaves = changes.get(other)?.how === 'alter' && graph.get(makeOf(other))?.has(makeOf(id));
          if (leaves !== true) link(graph, makeOf(other), makeOf(id));
        }
  }
  for (const [id, change] of changes)
    if (isNew(change))
      for (const claim of b.pieces.get(id)?.claims ?? [])
        for (const other of dropClaims.get(claim) ?? []) if (other !== id) link(graph, dropOf(other), makeOf(id));
  return graph;
}

const words = (text: string): ReadonlySet<string> => new Set(text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu) ?? []);
const calls = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/([\p{L}_][\p{L}\p{N}_$]*)"?\s*\(/gu)].map(([, name = '']) => name));

const isProcedural = ({ object }: Piece): boolean =>
  object !== null && typeof object === 'object' && 'language' in object && object.language === 'plpgsql';

/** What a function's body names should be there first; an older overload should be gone. */
function wishesOf(plan: Plan): Graph {
  const { b, changes } = plan;
  const graph: Graph = new Map();
  const named = new Map<string, Id[]>();
  for (const [id, change] of changes) {
    if (!makes(change)) continue;
    const [kind = '', , name = '', column] = JSON.parse(id) as string[]; // checked: idOf makes it
    if (!['table', 'view', 'function', 'column', 'enum', 'domain', 'composite', 'range'].includes(kind)) continue;
    const key = kind === 'column' ? (column ?? '') : name;
    named.set(key, [...(named.get(key) ?? []), id]);
  }
  for (const [id, change] of changes) {
    // A domain's check is best said with the domain, after what it calls.
    if (change.how === 'create' && change.to.kind === 'domain check' && change.to.parent !== null)
      for (const other of dependenciesOf(b, change.to))
        if (makes(changes.get(other))) link(graph, make(other), make(change.to.parent));
    if (change.how !== 'drop' && change.to.body !== null) {
      const mentioned = words(change.to.body);
      const called = calls(change.to.body);
      for (const word of mentioned)
        for (const other of named.get(word) ?? []) {
          const [kind = '', , table = ''] = JSON.parse(other) as string[]; // checked: as above
          // A body of PL/pgSQL is looked up when it runs; only the types that it declares must be there.
          const isLate = kind === 'function' && (isProcedural(change.to) || !called.has(word));
          if (other !== id && !isLate && (kind !== 'column' || mentioned.has(table)))
            link(graph, make(maker(plan, other)), make(id));
        }
    }
    if (change.how === 'drop' && change.from.kind === 'function') {
      const [, schema = '', name = ''] = JSON.parse(id) as string[]; // checked: as above
      for (const other of named.get(name) ?? [])
        if (b.pieces.get(other)?.kind === 'function' && JSON.parse(other)[1] === schema)
          link(graph, drop(id), make(other));
    }
  }
  return graph;
}

export interface Planned {
  readonly blocks: readonly Block[];
  /** Functions name each other in a circle: their bodies cannot be checked as they are made. */
  readonly unchecked: boolean;
}

/** The steps of all changes in order. */
export function planSteps(given: Plan): Planned {
  const plan: Plan = { ...given, circular: circularParts(given.a, given.changes, (id) => dropper(given, id)) };
  const { a, changes } = plan;
  const before = constraintsOf(plan);
  const blocks: Block[] = [];
  const isReady = (id: Id, isDone: (key: string) => boolean, also: ReadonlySet<string>): boolean =>
    [...(before.get(make(id)) ?? [])].every((key) => isDone(key) || also.has(key));
  const madeWith = (parent: Id, kinds: readonly Kind[]): readonly Piece[] =>
    [...changes].flatMap(([id, change]) =>
      isNew(change) &&
      change.how !== 'drop' &&
      change.to.parent === parent &&
      kinds.includes(change.to.kind) &&
      maker(plan, id) !== null
        ? [change.to]
        : [],
    );

  const defaultOf = (column: Piece): Piece | undefined => madeWith(column.id, ['default'])[0];

  /** The lines of a new table; which of the defaults and constraints are said in them. */
  function tableLines(
    table: Piece,
    isDone: (key: string) => boolean,
  ): { lines: readonly string[]; said: readonly string[] } {
    if ((table.object as TableObject).table.partitionOf !== null) return { lines: [], said: [] }; // checked: a piece of kind table
    const said = new Set([make(table.id)]);
    const columns = madeWith(table.id, ['column']).toSorted((x, y) => positionOf(x) - positionOf(y));
    const lines = columns.map((column) => {
      const value = defaultOf(column);
      if (value === undefined || !isReady(value.id, isDone, said)) return column.inline ?? '';
      said.add(make(value.id));
      return (column.inline ?? '').replace(defaultMark, () => value.inline ?? '');
    });
    const constraints = madeWith(table.id, ['constraint']).toSorted((x, y) => constraintRank(x) - constraintRank(y));
    for (const constraint of constraints) {
      if (constraint.inline === null || !isReady(constraint.id, isDone, said)) continue;
      said.add(make(constraint.id));
      lines.push(constraint.inline);
    }
    return { lines, said: [...said] };
  }

  const visit = (key: string, isDone: (key: string) => boolean): readonly string[] => {
    const [verb, id] = [key.slice(0, 4), key.slice(5)];
    const change = changes.get(id);
    if (change === undefined) return [];
    const say = (
      piece: Piece,
      statements: readonly Statement[],
      more: { loses?: string | null; warns?: readonly string[] } = {},
    ): void => {
      if (statements.length > 0)
        blocks.push({
          section: piece.kind,
          group: piece.group,
          statements,
          loses: more.loses ?? null,
          warns: more.warns ?? [],
        });
    };
    if (verb === 'drop') {
      const from = a.pieces.get(id);
      if (from !== undefined && from.drop !== null) say(from, [from.drop], { loses: from.loses });
      return [];
    }
    if (change.how === 'drop') return [];
    const { to } = change;
    if (change.how === 'alter') {
      say(to, change.by.statements, { loses: change.by.loses, warns: change.by.warns ? [change.by.warns] : [] });
      return [];
    }
    if (to.kind === 'table') {
      const { lines, said } = tableLines(to, isDone);
      say(to, [sql(createTable(to.object as TableObject, lines))]); // checked: a piece of kind table
      return said;
    }
    if (to.kind === 'domain') {
      const checks = madeWith(to.id, ['domain check']).filter(
        ({ id: check, inline }) => inline !== null && isReady(check, isDone, new Set([key])),
      );
      say(to, [
        sql(
          createDomain(
            (to.object as OfType<Domain>).type,
            checks.flatMap(({ inline }) => inline ?? []),
          ),
        ),
      ]); // checked: a piece of kind domain
      return checks.map(({ id: check }) => make(check));
    }
    if (to.kind === 'column') {
      const value = defaultOf(to);
      const statements = to.create.map((statement) =>
        'clause' in statement
          ? { ...statement, clause: statement.clause.replace(defaultMark, () => value?.inline ?? '') }
          : statement,
      );
      say(to, statements, { warns: to.warns !== null && value === undefined ? [to.warns] : [] });
      return value === undefined ? [] : [make(value.id)];
    }
    say(to, to.create);
    return [];
  };
  const gaveUp = inOrder(stepsOf(plan), before, wishesOf(plan), { visit });
  return { blocks, unchecked: gaveUp };
}

const constraintRank = ({ inline }: Piece): number =>
  ['primary key', 'unique', 'exclude', 'check', 'foreign key'].findIndex(
    (word) => inline?.includes(` ${word} (`) || inline?.includes(` ${word} `),
  );

/** A column that went and one that came in one table, of one type, in one place, with nothing else to choose from. */
export function renames({ changes }: Plan): readonly string[] {
  const byTable = new Map<Id, { gone: Piece[]; come: Piece[] }>();
  for (const change of changes.values()) {
    const piece = change.how === 'drop' ? change.from : change.to;
    if (piece.kind !== 'column' || piece.parent === null || (change.how !== 'drop' && change.how !== 'create'))
      continue;
    if (changes.get(piece.parent)?.how === change.how) continue;
    const known = byTable.get(piece.parent) ?? { gone: [], come: [] };
    known[change.how === 'drop' ? 'gone' : 'come'].push(piece);
    byTable.set(piece.parent, known);
  }
  return [...byTable].flatMap(([table, { gone, come }]) => {
    const [from, to] = [gone[0], come[0]];
    if (
      from === undefined ||
      to === undefined ||
      gone.length > 1 ||
      come.length > 1 ||
      positionOf(from) !== positionOf(to)
    )
      return [];
    const nameOf = (piece: Piece): string => (piece.inline ?? '').split(/ (?=\S)/)[0] ?? '';
    const rest = (piece: Piece): string => (piece.inline ?? '').slice(nameOf(piece).length);
    const [, schema = '', name = ''] = JSON.parse(table) as string[]; // checked: idOf makes it
    return rest(from) === rest(to)
      ? [`alter table ${quoteQualified({ schema, name })} rename column ${nameOf(from)} to ${nameOf(to)}`]
      : [];
  });
}

// What the isolation proof speaks of: people in worlds apart, rows that belong to them, attempts and what came of them.
import type { Catalog, Table } from '../catalog/model.ts';
import { quoteText } from '../quote.ts';

/** `a` and `b` are strangers to each other; `staff` administers the installation where the schema knows such people. */
export type WorldName = 'a' | 'b' | 'staff';

export interface Person {
  /** `a` is the first person of world a, `a.viewer` one of the same world with that title in what they share. */
  readonly key: string;
  readonly world: WorldName;
  readonly id: string;
  readonly email: string;
  /** What the person is called in memberships: owner, admin, member, viewer. Null where nothing is shared. */
  readonly title: string | null;
}

export interface Actor {
  /** `anon`, `a`, `a.viewer`, `a.friend`, `a as b` (own token, forged user metadata), `loam_answer`. */
  readonly name: string;
  readonly role: string;
  readonly claims: string;
  readonly person: Person | null;
  readonly kind: 'anonymous' | 'person' | 'staff' | 'service';
}

/** A row of the fixture, as it is in the database. */
export interface MadeRow {
  readonly label: number;
  /** Stands in its texts and ids. */
  readonly serial: number;
  /** `public.messages`: where it was inserted. */
  readonly table: string;
  readonly world: WorldName;
  /** Whom it was inserted for. */
  readonly person: string;
  /** `plain`, `linked`, `in public.organizations`, `role=assistant`, `deleted_at set`. */
  readonly variant: string;
  /** The relation that holds it (a partition where there are some), and its place in there. */
  readonly relation: number;
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys of the people that it belongs to, directly or through its parents. Empty for shared reference data. */
  readonly people: ReadonlySet<string>;
  /** Labels of the rows with members (organizations, conversations) that it lies in. */
  readonly containers: ReadonlySet<number>;
  /** It, or a parent, says of itself that it is public. */
  readonly published: boolean;
}

/** What a row is to somebody: everything but `peer` and `stranger` is theirs to read. */
export type Relation = 'own' | 'shared' | 'peer' | 'published' | 'reference' | 'stranger';

export type Command = 'select' | 'insert' | 'update' | 'delete' | 'truncate' | 'call';

export interface Attempt {
  readonly actor: Actor;
  readonly command: Command;
  /** The relation or function that was tried: `public.messages`, `public.f(uuid)`. */
  readonly object: string;
  /** The column of an UPDATE, the case of an INSERT, the arguments of a call; otherwise empty. */
  readonly detail: string;
  readonly statement: string;
  /** Asked with every right after the statement, in the same subtransaction: what it did. */
  readonly probe: string | null;
  /** Whether the statement answers one text. */
  readonly answers: boolean;
}

export interface Outcome {
  readonly attempt: Attempt;
  /** Null when it succeeded. */
  readonly state: string | null;
  readonly message: string;
  readonly answer: string | null;
  readonly affected: number;
  readonly probed: string | null;
  /** The table that a refusal by a key, a check or a reference is about. */
  readonly table: string | null;
}

export type FindingKind = 'read' | 'write' | 'move' | 'forge' | 'link' | 'power' | 'infer' | 'broken' | 'control';

export interface Finding {
  readonly kind: FindingKind;
  /** error: somebody reads or changes what is not theirs. warning: it tells something, or waits for a mistake. */
  readonly level: 'error' | 'warning' | 'info';
  /** `public.messages`, `public.f(uuid)`. */
  readonly object: string;
  readonly role: string;
  readonly command: Command;
  readonly columns: readonly string[];
  readonly message: string;
  /** What to run, as superuser on the fixture, to see it: role, claims, statement. */
  readonly script: string;
  /** The reason from the allow-list, where it is allowed. */
  readonly allowed?: string;
  /** What a failed control leaves unproved about the object: `no row could be made`, `select as authenticated`. */
  readonly unproved?: string;
}

/** Privileges as the database answers them for one role on one relation. */
export interface Privileges {
  readonly select: ReadonlySet<string>;
  readonly insert: ReadonlySet<string>;
  readonly update: ReadonlySet<string>;
  readonly delete: boolean;
  readonly truncate: boolean;
  /** Every privilege there is, as default privileges give them: then a grant says nothing about intent. */
  readonly blanket: boolean;
}

export interface Subject {
  readonly catalog: Catalog;
  /** The tables that are tried, partitions among them. */
  readonly tables: readonly Table[];
}

export const keyOf = (named: { readonly schema: string; readonly name: string }): string =>
  `${named.schema}.${named.name}`;
/** A literal of unknown type: the column decides what it becomes. */
export const literal = (value: string | null): string => (value === null ? 'null' : quoteText(value));

/** A value of a made row as the text that a statement would write. */
export const cellText = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === 'object' ? JSON.stringify(value) : String(value);

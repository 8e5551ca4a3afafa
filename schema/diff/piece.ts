// A schema as pieces: each has an identity, a text to compare, and the SQL that makes it, drops it, or turns another into it.

export type Kind =
  | 'role'
  | 'schema'
  | 'extension'
  | 'enum'
  | 'domain'
  | 'domain check'
  | 'composite'
  | 'range'
  | 'wrapper'
  | 'server'
  | 'dictionary'
  | 'search configuration'
  | 'operator'
  | 'cast'
  | 'statistics'
  | 'event trigger'
  | 'default rights'
  | 'sequence'
  | 'sequence owner'
  | 'table'
  | 'column'
  | 'default'
  | 'constraint'
  | 'index'
  | 'function'
  | 'view'
  | 'rule'
  | 'trigger'
  | 'rls'
  | 'policy'
  | 'grants'
  | 'owner'
  | 'comment'
  | 'publication'
  | 'published table'
  | 'bucket';

/** `kind` and its names, as a map's key. */
export type Id = string;
export const idOf = (kind: Kind, ...names: readonly string[]): Id => JSON.stringify([kind, ...names]);

/** A statement; `alter table` clauses are kept apart so that neighbours can become one statement. */
export type Statement =
  | { readonly text: string }
  | { readonly table: string; readonly clause: string; readonly joins: boolean };

export interface Alteration {
  readonly statements: readonly Statement[];
  /** Kinds of dependants that PostgreSQL does not let live through it: they are dropped before and made again after. */
  readonly breaks: ReadonlySet<Kind>;
  /** What rows lose. */
  readonly loses: string | null;
  /** What may go wrong on a table with rows, said before the statement. */
  readonly warns?: string | null;
}

export interface Piece {
  readonly id: Id;
  readonly kind: Kind;
  /** As a reader calls it. */
  readonly title: string;
  /** The table, view or function it belongs with in the order of the text. */
  readonly group: string;
  /** Equal texts are equal pieces. */
  readonly text: string;
  /** Goes and comes with it: drops it silently when it is dropped. */
  readonly parent: Id | null;
  /** Further parents: dropped silently when any of these is. */
  readonly parts: readonly Id[];
  /** Must be there before it, beside what pg_depend says. */
  readonly needs: readonly Id[];
  /** Names that no two objects of a moment can share. */
  readonly claims: readonly string[];
  readonly create: readonly Statement[];
  /** null: nothing has to be said. */
  readonly drop: Statement | null;
  /** What dropping it loses, or null when it can be made again. */
  readonly loses: string | null;
  /** Said before the statement that makes it. */
  readonly warns: string | null;
  /** For `create table`: the line of a column or constraint inside the parentheses. */
  readonly inline: string | null;
  /** Names in a function's body are no dependencies of the catalog; the text is searched for them. */
  readonly body: string | null;
  readonly object: unknown;
  /** How the old piece of the same id becomes this one; null when it must be dropped and made again. */
  readonly become: (old: Piece) => Alteration | null;
}

export const sql = (text: string): Statement => ({ text });
export const onTable = (table: string, clause: string, joins = false): Statement => ({ table, clause, joins });

const nothing: ReadonlySet<Kind> = new Set();
export const altered = (
  statements: readonly Statement[],
  more: { breaks?: ReadonlySet<Kind>; loses?: string | null; warns?: string | null } = {},
): Alteration => ({ statements, breaks: more.breaks ?? nothing, loses: more.loses ?? null, warns: more.warns ?? null });

export type PieceParts = Pick<Piece, 'id' | 'kind' | 'title' | 'text'> & Partial<Piece>;

export const pieceOf = (parts: PieceParts): Piece => ({
  group: '',
  parent: null,
  parts: [],
  needs: [],
  claims: [],
  create: [],
  drop: null,
  loses: null,
  warns: null,
  inline: null,
  body: null,
  object: null,
  become: () => null,
  ...parts,
});

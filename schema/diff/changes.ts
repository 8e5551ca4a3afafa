// What happens to each piece between two sides: made, dropped, altered, or dropped and made again because something that
// it depends on cannot change beneath it.
import type { Enum } from '../catalog/model.ts';
import { quoteQualified, quoteText } from '../quote.ts';
import type { Edges } from './edges.ts';
import type { Alteration, Id, Piece } from './piece.ts';
import { type OfType, renewEnum } from './user-types.ts';

export type Change =
  | { readonly how: 'create'; readonly to: Piece }
  | { readonly how: 'drop'; readonly from: Piece }
  | { readonly how: 'alter'; readonly from: Piece; readonly to: Piece; readonly by: Alteration }
  | { readonly how: 'replace'; readonly from: Piece; readonly to: Piece };

export interface Sided {
  readonly pieces: ReadonlyMap<Id, Piece>;
  readonly edges: Edges;
}

/** Pieces of that side that `piece` stands on. */
export function dependenciesOf({ pieces, edges }: Sided, piece: Piece): readonly Id[] {
  const all = new Set([...piece.needs, ...(edges.get(piece.id) ?? [])]);
  return [...all].filter((id) => id !== piece.id && pieces.has(id));
}

function firstChanges(a: Sided, b: Sided, isSame: (from: Piece, to: Piece) => boolean): Map<Id, Change> {
  const changes = new Map<Id, Change>();
  for (const [id, from] of a.pieces) {
    const to = b.pieces.get(id);
    if (to === undefined) {
      // What is nobody's child and has no statement to drop it, a role, stays.
      if (from.drop !== null || (from.parent !== null && a.pieces.has(from.parent)))
        changes.set(id, { how: 'drop', from });
      continue;
    }
    if (isSame(from, to)) continue;
    const by = to.become(from);
    changes.set(id, by === null ? { how: 'replace', from, to } : { how: 'alter', from, to, by });
  }
  // Rights on what only one side's platform has, and which nobody gave: nothing to do.
  const isIdle = ({ create, inline, parent, kind }: Piece): boolean =>
    kind === 'grants' && create.length === 0 && inline === null && parent !== null && !b.pieces.has(parent);
  for (const [id, to] of b.pieces) if (!a.pieces.has(id) && !isIdle(to)) changes.set(id, { how: 'create', to });
  return changes;
}

/** A value that is added and used in one transaction is refused by PostgreSQL: the type is made anew instead. */
function renewUsedEnums(changes: Map<Id, Change>): void {
  for (const [id, change] of changes) {
    if (change.how !== 'alter' || change.to.kind !== 'enum' || change.by.breaks.size > 0) continue;
    const [from, to] = [change.from.object as OfType<Enum>, change.to.object as OfType<Enum>]; // checked: pieces of kind enum
    const { added, anew } = renewEnum(from, to);
    const literals = added.map((value) => `${quoteText(value)}::${quoteQualified(to.type)}`);
    const isUsed = [...changes.values()].some((each) => {
      if (each.how === 'drop' || each.to.kind === 'enum') return false;
      const inBody = each.to.body !== null && added.some((value) => each.to.body?.includes(quoteText(value)));
      return inBody || literals.some((literal) => each.to.text.includes(literal));
    });
    if (isUsed) changes.set(id, { ...change, by: anew });
  }
}

const mustFollow = (change: Change, dependant: Piece): boolean => {
  if (change.how === 'drop' || change.how === 'replace') return true;
  return change.how === 'alter' && change.by.breaks.has(dependant.kind);
};

/** Whether it can be dropped and made again without loss; a plain column or a table cannot because of what it stands on. */
const isRenewable = (piece: Piece, cause: Piece): boolean =>
  piece.parent === cause.id || piece.parts.includes(cause.id) || piece.loses === null;

function spread(a: Sided, b: Sided, changes: Map<Id, Change>): void {
  const dependants = new Map<Id, Piece[]>();
  for (const piece of a.pieces.values())
    for (const id of dependenciesOf(a, piece)) {
      const known = dependants.get(id);
      if (known === undefined) dependants.set(id, [piece]);
      else known.push(piece);
    }
  const queue = [...changes.keys()];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const change = changes.get(id);
    if (change === undefined || change.how === 'create') continue;
    for (const from of dependants.get(id) ?? []) {
      const to = b.pieces.get(from.id);
      const own = changes.get(from.id);
      if (to === undefined || own?.how === 'replace' || !mustFollow(change, from) || !isRenewable(from, change.from))
        continue;
      // What is altered no longer stands on what goes, unless it is made again right there.
      if (change.how === 'drop' && own?.how === 'alter' && from.parent !== id) continue;
      changes.set(from.id, { how: 'replace', from, to });
      queue.push(from.id);
    }
  }
}

/** By id, what is to be done. Pieces that stay as they are have no entry. */
export function findChanges(
  a: Sided,
  b: Sided,
  isSame: (from: Piece, to: Piece) => boolean = (from, to) => from.text === to.text,
): ReadonlyMap<Id, Change> {
  const changes = firstChanges(a, b, isSame);
  renewUsedEnums(changes);
  spread(a, b, changes);
  return changes;
}

// What a snapshot is collected in, and what every object has beside itself: owner, comment, rights.
import type { Column, Grant } from '../catalog/model.ts';
import { comparable, rightsOf } from './grants.ts';
import type { Id, Piece } from './piece.ts';
import { commentPieces, grantsPiece, ownerPieces, type Target } from './rights.ts';
import type { Side } from './side.ts';

export interface Collector {
  readonly side: Side;
  readonly other: Side;
  readonly isOwn: (schema: string) => boolean;
  readonly pieces: Map<Id, Piece>;
  add(pieces: readonly (Piece | null)[]): void;
}

/** `grant` calls some objects otherwise than `comment` and `alter … owner` do. */
const grantName = (on: string): string =>
  on
    .replace(/^(?:foreign table|table|view|materialized view) /, '')
    .replace(/^server /, 'foreign server ')
    .replace(/^aggregate (.*)\((\*?)/s, 'function $1(');

/** The object itself, and what stands on it: owner, comment, rights. */
export function addTarget(
  all: Collector,
  target: Target,
  comment: string | null,
  grants: readonly Grant[],
  columns: readonly Column[] = [],
): void {
  const { side, other } = all;
  const { on, piece, object } = target;
  const rights =
    object === null
      ? []
      : [
          ...rightsOf(grants, target.owner),
          ...columns.flatMap((column) => rightsOf(column.grants, target.owner, column.name)),
        ];
  all.add([
    ...ownerPieces(target, side),
    ...commentPieces(on, piece, comment),
    grantsPiece({ ...target, on: grantName(on) }, comparable(rights, side, other), other),
  ]);
}

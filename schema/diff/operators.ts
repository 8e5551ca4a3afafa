// Operators and casts as pieces: both stand on functions, and both are made anew when they change.
import type { Cast, Operator } from '../catalog/model-uncommon.ts';
import { quoteName } from '../quote.ts';
import { idOf, type Piece, pieceOf, sql } from './piece.ts';

/** `public.<> (integer, text)`, as `drop operator` and `comment on operator` name it. */
export const operatorName = ({ schema, name, left, right }: Operator): string =>
  `${quoteName(schema)}.${name} (${left ?? 'none'}, ${right})`;

export function operatorPiece(operator: Operator): Piece {
  const { schema, name, left, right } = operator;
  const parts = [
    `function = ${operator.function}`,
    ...(left === null ? [] : [`leftarg = ${left}`]),
    `rightarg = ${right}`,
    ...(operator.commutator === null ? [] : [`commutator = operator(${operator.commutator})`]),
    ...(operator.negator === null ? [] : [`negator = operator(${operator.negator})`]),
    ...(operator.restrict === null ? [] : [`restrict = ${operator.restrict}`]),
    ...(operator.join === null ? [] : [`join = ${operator.join}`]),
    ...(operator.hashes ? ['hashes'] : []),
    ...(operator.merges ? ['merges'] : []),
  ];
  return pieceOf({
    id: idOf('operator', schema, name, `${left ?? 'none'}\n${right}`),
    kind: 'operator',
    title: `operator ${operatorName(operator)}`,
    group: `${quoteName(schema)}.${name}`,
    text: parts.join(', '),
    needs: [idOf('schema', schema)],
    create: [sql(`create operator ${quoteName(schema)}.${name} (\n  ${parts.join(',\n  ')}\n)`)],
    drop: sql(`drop operator ${operatorName(operator)}`),
  });
}

export const castName = ({ source, target }: Cast): string => `cast (${source} as ${target})`;

export function castPiece(cast: Cast): Piece {
  const way =
    cast.function !== null ? `with function ${cast.function}` : cast.inout ? 'with inout' : 'without function';
  const context = cast.context === 'explicit' ? '' : ` as ${cast.context}`;
  return pieceOf({
    id: idOf('cast', cast.source, cast.target),
    kind: 'cast',
    title: castName(cast),
    group: castName(cast),
    text: `${way}${context}`,
    create: [sql(`create ${castName(cast)}\n  ${way}${context}`)],
    drop: sql(`drop ${castName(cast)}`),
  });
}

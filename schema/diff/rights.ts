// Policies, grants, owners and comments as pieces: what stands on an object and goes with it.
import type { Policy } from '../catalog/model.ts';
import { quoteName, quoteQualified, quoteRole, quoteText } from '../quote.ts';
import { lowerKeywords, unwrap } from './deparsed.ts';
import { bornWith, grantStatements, type ObjectType, type Right, rightsText } from './grants.ts';
import { altered, type Id, idOf, type Piece, pieceOf, sql } from './piece.ts';
import type { Side } from './side.ts';

/** On one line, and `( select auth.uid() as uid)` as people write it. */
const expression = (text: string): string =>
  unwrap(lowerKeywords(text.replace(/\s*\n\s*/g, ' ')))
    .replace(/\( select ((?:\w+\.)?(\w+)\([^()]*\)) as \2\)/g, '(select $1)')
    .replaceAll('( select ', '(select ');
const roleList = (roles: readonly string[]): string => roles.map(quoteRole).join(', ');

export function policyPiece(policy: Policy): Piece {
  const on = quoteQualified({ schema: policy.schema, name: policy.table });
  const parent = idOf('table', policy.schema, policy.table);
  const name = `${quoteName(policy.name)} on ${on}`;
  const using = policy.using === null ? '' : `\n  using (${expression(policy.using)})`;
  const check = policy.check === null ? '' : `\n  with check (${expression(policy.check)})`;
  const kind = policy.permissive ? '' : ' as restrictive';
  const make = sql(
    `create policy ${name}${kind}\n  for ${policy.command} to ${roleList(policy.roles)}${using}${check}`,
  );
  const roles = policy.roles.toSorted();
  return pieceOf({
    id: idOf('policy', policy.schema, policy.table, policy.name),
    kind: 'policy',
    title: `policy "${policy.name}" of ${on}`,
    group: on,
    text: JSON.stringify([policy.command, policy.permissive, roles, policy.using, policy.check]),
    parent,
    needs: [parent, ...policy.roles.map((role) => idOf('role', role))],
    create: [make],
    drop: sql(`drop policy ${name}`),
    object: policy,
    become: (old) => {
      const before = old.object as Policy; // checked: pieces of one id are of one kind
      const same = before.command === policy.command && before.permissive === policy.permissive;
      if (!same || (before.using !== null && policy.using === null) || (before.check !== null && policy.check === null))
        return null;
      const to =
        JSON.stringify(before.roles.toSorted()) === JSON.stringify(roles) ? '' : `\n  to ${roleList(policy.roles)}`;
      const changedUsing = before.using === policy.using ? '' : using;
      const changedCheck = before.check === policy.check ? '' : check;
      return altered([sql(`alter policy ${name}${to}${changedUsing}${changedCheck}`)]);
    },
  });
}

export interface Target {
  /** As `grant … on`, `comment on` and `alter … owner` name it: `table public.t`, `function public.f(int)`. */
  readonly on: string;
  readonly piece: Piece;
  readonly object: ObjectType | null;
  readonly schema: string | null;
  readonly owner: string;
}

/**
 * The rights on an object, columns' included. An object that has just what it was born with still has this piece, so that
 * both sides always do.
 */
export function grantsPiece(target: Target, rights: readonly Right[], there: Side): Piece | null {
  const { on, piece, object, schema } = target;
  if (object === null) return null;
  const roles = [...new Set(rights.map(({ grantee }) => grantee))];
  return pieceOf({
    id: idOf('grants', piece.id),
    kind: 'grants',
    title: `rights on ${on}`,
    group: piece.group === '' ? on : piece.group,
    text: rightsText(rights),
    parent: piece.id,
    needs: [piece.id, ...roles.map((role) => idOf('role', role)), ...columnsOf(piece, rights)],
    create: grantStatements(on, object, bornWith(there, object, schema), rights),
    object: rights,
    become: (old) => altered(grantStatements(on, object, old.object as readonly Right[], rights)), // checked: pieces of one id are of one kind
  });
}

const columnsOf = (piece: Piece, rights: readonly Right[]): readonly Id[] => {
  const [, schema = '', name = ''] = JSON.parse(piece.id) as string[]; // checked: idOf makes it
  return [...new Set(rights.flatMap(({ column }) => (column === null ? [] : [idOf('column', schema, name, column)])))];
};

export const ownerPieces = ({ on, piece, owner }: Target, side: Side): readonly Piece[] =>
  side.masters.has(owner)
    ? []
    : [
        pieceOf({
          id: idOf('owner', piece.id),
          kind: 'owner',
          title: `owner of ${on}`,
          group: piece.group === '' ? on : piece.group,
          text: owner,
          parent: piece.id,
          needs: [piece.id, idOf('role', owner)],
          create: [sql(`alter ${on} owner to ${quoteName(owner)}`)],
          drop: sql(`alter ${on} owner to current_user`),
          become: () => altered([sql(`alter ${on} owner to ${quoteName(owner)}`)]),
        }),
      ];

export function commentPieces(on: string, piece: Piece, comment: string | null): readonly Piece[] {
  if (comment === null) return [];
  const say = sql(`comment on ${on} is ${quoteText(comment)}`);
  return [
    pieceOf({
      id: idOf('comment', piece.id),
      kind: 'comment',
      title: `comment on ${on}`,
      group: piece.group === '' ? on : piece.group,
      text: comment,
      parent: piece.id,
      needs: [piece.id],
      create: [say],
      drop: sql(`comment on ${on} is null`),
      become: () => altered([say]),
    }),
  ];
}

// What new objects will be granted, as pieces. On a side that says nothing there is a piece too, with what PostgreSQL grants.
import type { DefaultRights } from '../catalog/model-uncommon.ts';
import { quoteName } from '../quote.ts';
import { bornPublic, grantStatements, type Right, rightsText } from './grants.ts';
import { altered, idOf, type Piece, pieceOf, sql } from './piece.ts';
import type { Side } from './side.ts';

const words: Readonly<Record<DefaultRights['object'], string>> = {
  r: 'tables',
  S: 'sequences',
  f: 'functions',
  T: 'types',
  n: 'schemas',
};

/** The login is the same whatever it is called. */
const keyOf = (side: Side, { role, schema, object }: DefaultRights): string =>
  JSON.stringify([side.login === role ? '' : role, schema, object]);

function rightsOf(
  all: readonly DefaultRights[],
  schema: string | null,
  object: DefaultRights['object'],
): readonly Right[] {
  const own = bornPublic[object];
  if (all.length === 0 && schema === null && own !== null)
    return [{ grantee: 'public', privilege: own, grantable: false, column: null }];
  return all.flatMap(({ grants }) => grants.map((grant) => ({ ...grant, column: null })));
}

/** What a platform grants its own roles in `public` counts where both sides come with it. */
const hasPlatforms = ({ catalog }: Side, isPlatforms: (role: string) => boolean): boolean =>
  catalog.defaultRights.some(
    ({ schema, grants }) => schema === 'public' && grants.some(({ grantee }) => isPlatforms(grantee)),
  );

export function defaultRightsPieces(
  side: Side,
  other: Side,
  isOwn: (schema: string) => boolean,
  isPlatforms: (role: string) => boolean,
): readonly Piece[] {
  const isCounted =
    (of: Side) =>
    (each: DefaultRights): boolean =>
      (each.schema === null || isOwn(each.schema)) && (of.login === each.role || !isPlatforms(each.role));
  const both = hasPlatforms(side, isPlatforms) && hasPlatforms(other, isPlatforms);
  const mine = Map.groupBy(side.catalog.defaultRights.filter(isCounted(side)), (each) => keyOf(side, each));
  const theirs = other.catalog.defaultRights.filter(isCounted(other)).map((each) => keyOf(other, each));
  return [...new Set([...mine.keys(), ...theirs])].flatMap((key) => {
    const [role, schema, object] = JSON.parse(key) as [string, string | null, DefaultRights['object']]; // checked: keyOf makes it
    if (schema !== null && !side.catalog.schemas.some(({ name }) => name === schema)) return [];
    const rights = rightsOf(mine.get(key) ?? [], schema, object).filter(
      ({ grantee }) => both || schema !== 'public' || !isPlatforms(grantee),
    );
    const where = `${role === '' ? '' : ` for role ${quoteName(role)}`}${schema === null ? '' : ` in schema ${quoteName(schema)}`}`;
    const change = (from: readonly Right[]) =>
      grantStatements(words[object], object, from, rights).map((statement) =>
        'text' in statement ? sql(`alter default privileges${where}\n  ${statement.text}`) : statement,
      );
    const parent = schema === null ? null : idOf('schema', schema);
    return [
      pieceOf({
        id: idOf('default rights', role, schema ?? '', object),
        kind: 'default rights',
        title: `default rights on ${words[object]}${where}`,
        group: 'default rights',
        text: rightsText(rights),
        parent,
        needs: [
          ...(parent === null ? [] : [parent]),
          ...(role === '' ? [] : [idOf('role', role)]),
          ...rights.map(({ grantee }) => idOf('role', grantee)),
        ],
        create: change(rightsOf([], schema, object)),
        object: rights,
        become: (old) => altered(change(old.object as readonly Right[])), // checked: pieces of one id are of one kind
      }),
    ];
  });
}

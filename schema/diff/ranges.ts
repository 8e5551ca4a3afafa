// Range types as pieces.
import type { Catalog } from '../catalog/model.ts';
import type { Range } from '../catalog/model-uncommon.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { altered, idOf, onTable, type Piece, pieceOf, type Statement, sql } from './piece.ts';
import { everythingOfIt, type OfType, sharedColumns, typeClaim, withColumns } from './user-types.ts';

/** As PostgreSQL calls it when nobody says. */
const usualMultirange = (name: string): string =>
  name.includes('range') ? name.replace('range', 'multirange') : `${name}_multirange`;

function createRange(range: Range): string {
  const parts = [
    `subtype = ${range.subtype}`,
    ...(range.opclass === null ? [] : [`subtype_opclass = ${range.opclass}`]),
    ...(range.collation === null ? [] : [`collation = ${range.collation}`]),
    ...(range.canonical === null ? [] : [`canonical = ${range.canonical}`]),
    ...(range.difference === null ? [] : [`subtype_diff = ${range.difference}`]),
    ...(range.multirange === usualMultirange(range.name)
      ? []
      : [`multirange_type_name = ${quoteName(range.multirange)}`]),
  ];
  return `create type ${quoteQualified(range)} as range (${parts.join(', ')})`;
}

export function rangePiece(catalog: Catalog, range: Range): Piece {
  const create = createRange(range);
  const object = withColumns(catalog, range);
  return pieceOf({
    id: idOf('range', range.schema, range.name),
    kind: 'range',
    title: `type ${quoteQualified(range)}`,
    text: create,
    needs: [idOf('schema', range.schema)],
    claims: [typeClaim(range), typeClaim({ schema: range.schema, name: range.multirange })],
    create: [sql(create)],
    drop: sql(`drop type ${quoteQualified(range)}`),
    object,
    become: (old) => {
      const before = old.object as OfType<Range>; // checked: pieces of one id are of one kind
      // Its functions cannot be there twice, so that the values wait as text.
      const columns = sharedColumns(before, object);
      const type = (array: boolean): string => `${quoteQualified(range)}${array ? '[]' : ''}`;
      const move = (to: (array: boolean) => string): readonly Statement[] =>
        columns.map(({ table, column: { name, array } }) =>
          onTable(table, `alter column ${quoteName(name)} type ${to(array)} using ${quoteName(name)}::${to(array)}`),
        );
      const drop = sql(`drop type ${quoteQualified(range)}`);
      const toText = move((array) => (array ? 'text[]' : 'text'));
      return altered([...toText, drop, sql(create), ...move(type)], {
        breaks: everythingOfIt,
        loses:
          before.type.subtype === range.subtype
            ? null
            : `values that do not fit ranges of ${range.subtype} (they fail)`,
      });
    },
  });
}

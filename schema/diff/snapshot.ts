// A whole side as pieces by their ids, without what a platform manages itself.
import type { Column, Grant, Named } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { addTarget, type Collector } from './collector.ts';
import { bucketPiece, extensionPiece, publicationPieces, rolePieces, schemaPiece } from './database-wide.ts';
import { comparable, rightsOf } from './grants.ts';
import { built, isAtHome, isPlatformExtension, isPlatformRole, managed } from './managed.ts';
import { type Id, idOf, type Piece } from './piece.ts';
import { rangePiece } from './ranges.ts';
import { commentPieces, grantsPiece, policyPiece } from './rights.ts';
import { functionName, functionPiece, routineWord, rulePiece, triggerPiece, viewPieces } from './routines.ts';
import type { Side } from './side.ts';
import { addUncommon } from './snapshot-uncommon.ts';
import { tablePieces } from './tables.ts';
import { typePieces } from './user-types.ts';

export interface Scope {
  /** Only these; default all that no platform manages. */
  readonly schemas?: readonly string[];
}

const columnComments = (all: Collector, relation: Named, columns: readonly Column[]): void => {
  for (const column of columns) {
    const piece = all.pieces.get(idOf('column', relation.schema, relation.name, column.name));
    const view = all.pieces.get(idOf('view', relation.schema, relation.name));
    const target =
      piece ??
      (view === undefined ? null : { ...view, id: idOf('column', relation.schema, relation.name, column.name) });
    if (target === null) continue;
    const made = commentPieces(`column ${quoteQualified(relation)}.${quoteName(column.name)}`, target, column.comment);
    all.add(
      made.map((each) =>
        piece === undefined && view !== undefined ? { ...each, parent: view.id, needs: [view.id] } : each,
      ),
    );
  }
};

function addRelations(all: Collector): void {
  const { catalog } = all.side;
  for (const table of catalog.tables) {
    if (!all.isOwn(table.schema)) continue;
    const twin = all.other.catalog.tables.find(({ schema, name }) => schema === table.schema && name === table.name);
    const pieces = tablePieces(catalog, table, table.partitionOf !== null && twin?.partitionOf === null);
    all.add(pieces);
    const [self] = pieces;
    if (self === undefined) continue;
    const on = `${table.kind === 'foreign' ? 'foreign ' : ''}table ${quoteQualified(table)}`;
    addTarget(
      all,
      { on, piece: self, object: 'r', schema: table.schema, owner: table.owner },
      table.comment,
      table.grants,
      table.columns,
    );
    columnComments(all, table, table.columns);
    for (const { name, comment } of table.constraints) {
      const piece = all.pieces.get(idOf('constraint', table.schema, table.name, name));
      if (piece !== undefined)
        all.add(commentPieces(`constraint ${quoteName(name)} on ${quoteQualified(table)}`, piece, comment));
    }
    indexComments(all, table.schema, table.indexes);
  }
  for (const view of catalog.views) {
    if (!all.isOwn(view.schema)) continue;
    const pieces = viewPieces(view);
    all.add(pieces);
    const [self] = pieces;
    if (self === undefined) continue;
    const on = `${view.kind === 'view' ? 'view' : 'materialized view'} ${quoteQualified(view)}`;
    addTarget(
      all,
      { on, piece: self, object: 'r', schema: view.schema, owner: view.owner },
      view.comment,
      view.grants,
      view.columns,
    );
    columnComments(all, view, view.columns);
    indexComments(all, view.schema, view.indexes);
  }
}

function indexComments(
  all: Collector,
  schema: string,
  indexes: readonly { name: string; comment: string | null }[],
): void {
  for (const { name, comment } of indexes) {
    const piece = all.pieces.get(idOf('index', schema, name));
    if (piece !== undefined) all.add(commentPieces(`index ${quoteQualified({ schema, name })}`, piece, comment));
  }
}

function addTypesAndRoutines(all: Collector): void {
  const { catalog } = all.side;
  const types = [...typePieces(catalog), ...catalog.ranges.map((range) => rangePiece(catalog, range))];
  all.add(types.filter(({ id }) => all.isOwn(schemaOf(id))));
  for (const type of [...catalog.enums, ...catalog.domains, ...catalog.composites, ...catalog.ranges]) {
    const kind = catalog.domains.some((each) => each === type)
      ? 'domain'
      : catalog.enums.some((each) => each === type)
        ? 'enum'
        : catalog.ranges.some((each) => each === type)
          ? 'range'
          : 'composite';
    const piece = all.pieces.get(idOf(kind, type.schema, type.name));
    const on = `${kind === 'domain' ? 'domain' : 'type'} ${quoteQualified(type)}`;
    if (piece !== undefined)
      addTarget(all, { on, piece, object: null, schema: type.schema, owner: type.owner }, type.comment, []);
  }
  for (const sequence of catalog.sequences) {
    const piece = all.pieces.get(idOf('sequence', sequence.schema, sequence.name));
    if (piece === undefined) continue;
    const on = `sequence ${quoteQualified(sequence)}`;
    const owner = sequence.ownedBy === null ? sequence.owner : ([...all.side.masters][0] ?? sequence.owner);
    const grants = sequence.grants.filter(({ grantee }) => grantee !== sequence.owner);
    addTarget(all, { on, piece, object: 'S', schema: sequence.schema, owner }, sequence.comment, grants);
  }
  for (const routine of catalog.functions) {
    if (!all.isOwn(routine.schema)) continue;
    const piece = functionPiece(routine);
    all.add([piece]);
    const on = `${routineWord(routine)} ${functionName(routine)}`;
    addTarget(
      all,
      { on, piece, object: 'f', schema: routine.schema, owner: routine.owner },
      routine.comment,
      routine.grants,
    );
  }
}

const schemaOf = (id: Id): string => String(JSON.parse(id)[1]);

/** Policies, triggers and rules, also those on the platform's tables; there also the rights of other roles than its own. */
function addRules(all: Collector): void {
  const { catalog, rules } = all.side;
  const touched = (schema: string): boolean => all.isOwn(schema) || built.has(schema);
  for (const policy of catalog.policies) {
    if (!touched(policy.schema)) continue;
    const piece = policyPiece(policy);
    const on = `${quoteName(policy.name)} on ${quoteQualified({ schema: policy.schema, name: policy.table })}`;
    all.add([piece, ...commentPieces(`policy ${on}`, piece, policy.comment)]);
  }
  const isView = ({ schema, table }: { schema: string; table: string }): boolean =>
    catalog.views.some((view) => view.schema === schema && view.name === table);
  for (const trigger of catalog.triggers) {
    if (!touched(trigger.schema) || (built.has(trigger.schema) && managed.has(trigger.function.schema))) continue;
    const piece = triggerPiece(trigger, isView(trigger));
    const on = quoteQualified({ schema: trigger.schema, name: trigger.table });
    all.add([piece, ...commentPieces(`trigger ${quoteName(trigger.name)} on ${on}`, piece, trigger.comment)]);
  }
  for (const rule of rules) if (all.isOwn(rule.schema)) all.add([rulePiece(rule, isView(rule))]);
  for (const table of catalog.tables) {
    if (!built.has(table.schema) || all.isOwn(table.schema)) continue;
    const own = ({ grantee }: Grant): boolean => !isPlatformRole(grantee);
    const id = idOf('table', table.schema, table.name);
    const rights = [
      ...rightsOf(table.grants.filter(own), table.owner),
      ...table.columns.flatMap((column) => rightsOf(column.grants.filter(own), table.owner, column.name)),
    ];
    const target = {
      on: quoteQualified(table),
      piece: { ...schemaPiece(table.name), id, group: quoteQualified(table) },
    };
    all.add([
      grantsPiece(
        { ...target, object: 'r', schema: null, owner: table.owner },
        comparable(rights, all.side, all.other),
        emptyDefaults(all.other),
      ),
    ]);
  }
}

/** On what is there already, nothing is new. */
const emptyDefaults = (side: Side): Side => ({
  ...side,
  catalog: { ...side.catalog, defaultRights: [] },
});

function addDatabaseWide(all: Collector): void {
  const { catalog } = all.side;
  for (const schema of catalog.schemas) {
    const own = all.isOwn(schema.name);
    if (!own && !built.has(schema.name)) continue;
    const piece = schemaPiece(schema.name);
    if (own) all.add([piece]);
    // Who may use `public` is the platform's affair, but for roles that it gives nothing there of itself.
    const grants = own
      ? schema.grants.filter(({ grantee }) => schema.name !== 'public' || !isAtHome(grantee))
      : schema.grants.filter(({ grantee }) => !isPlatformRole(grantee));
    const target = {
      on: `schema ${quoteName(schema.name)}`,
      piece,
      object: 'n',
      schema: null,
      owner: schema.owner,
    } as const;
    if (own) addTarget(all, target, schema.name === 'public' ? null : schema.comment, grants);
    else all.add([grantsPiece(target, rightsOf(grants, schema.owner), emptyDefaults(all.other))]);
  }
  all.add(catalog.extensions.filter(({ name }) => !isPlatformExtension(name)).map(extensionPiece));
  all.add(catalog.publications.flatMap((publication) => publicationPieces(publication, all.isOwn)));
  // A side that may not be read would look as if it had none.
  const isReadable = catalog.unreadable.length + all.other.catalog.unreadable.length === 0;
  if (isReadable) all.add(catalog.buckets.map(bucketPiece));
}

/**
 * All pieces of `side`; `other` is where they would be made, for what is granted there by default. Roles: all that there
 * are, or only those that the pieces name.
 */
export function takeSnapshot(
  side: Side,
  other: Side,
  roles: 'all' | 'needed',
  scope: Scope = {},
): ReadonlyMap<Id, Piece> {
  const pieces = new Map<Id, Piece>();
  const all: Collector = {
    side,
    other,
    pieces,
    isOwn: (schema) => (scope.schemas === undefined ? !managed.has(schema) : scope.schemas.includes(schema)),
    add: (made) => {
      for (const piece of made) if (piece !== null) pieces.set(piece.id, piece);
    },
  };
  addDatabaseWide(all);
  addTypesAndRoutines(all);
  addRelations(all);
  addRules(all);
  addUncommon(all);
  const needed = new Set([...pieces.values()].flatMap(({ needs }) => needs));
  const isWanted = (name: string): boolean =>
    !isPlatformRole(name) && (roles === 'all' || needed.has(idOf('role', name)));
  all.add(rolePieces(side.catalog, isWanted, isPlatformRole));
  return pieces;
}

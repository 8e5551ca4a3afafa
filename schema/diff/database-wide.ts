// What belongs to the database and not to a schema: roles, schemas, extensions, publications, storage buckets.
import type { Bucket, Catalog, Extension, Publication } from '../catalog/model.ts';
import { quoteName, quoteQualified, quoteText } from '../quote.ts';
import { altered, idOf, type Piece, pieceOf, sql } from './piece.ts';

/** Roles belong to the whole server: they are made where they are wanted, and never altered or dropped. */
export function rolePieces(
  catalog: Catalog,
  wanted: (name: string) => boolean,
  isPlatforms: (name: string) => boolean,
): readonly Piece[] {
  return catalog.roles
    .filter(({ name }) => wanted(name))
    .map((role) => {
      const name = quoteName(role.name);
      const members = catalog.roles.filter((other) => other.memberOf.includes(role.name) && isPlatforms(other.name));
      return pieceOf({
        id: idOf('role', role.name),
        kind: 'role',
        title: `role ${name}`,
        group: name,
        text: 'role',
        needs: role.memberOf.map((other) => idOf('role', other)),
        create: [
          sql(`create role ${name} ${role.login ? 'login' : 'nologin'} ${role.inherit ? 'inherit' : 'noinherit'}`),
          ...role.memberOf.map((other) => sql(`grant ${quoteName(other)} to ${name}`)),
          ...members.map((member) => sql(`grant ${name} to ${quoteName(member.name)}`)),
        ],
      });
    });
}

export const schemaPiece = (name: string): Piece =>
  pieceOf({
    id: idOf('schema', name),
    kind: 'schema',
    title: `schema ${quoteName(name)}`,
    group: quoteName(name),
    text: 'schema',
    create: [sql(`create schema ${quoteName(name)}`)],
    drop: sql(`drop schema ${quoteName(name)}`),
  });

/** Versions are the server's affair. */
export const extensionPiece = ({ name, schema }: Extension): Piece =>
  pieceOf({
    id: idOf('extension', name),
    kind: 'extension',
    title: `extension ${quoteName(name)}`,
    group: quoteName(name),
    text: schema,
    needs: [idOf('schema', schema)],
    create: [sql(`create extension if not exists ${quoteName(name)} with schema ${quoteName(schema)}`)],
    drop: sql(`drop extension ${quoteName(name)}`),
    loses: `what only extension ${quoteName(name)} can read`,
    become: () => altered([sql(`alter extension ${quoteName(name)} set schema ${quoteName(schema)}`)]),
  });

export function publicationPieces(publication: Publication, isWanted: (schema: string) => boolean): readonly Piece[] {
  const { name, allTables, operations } = publication;
  const id = idOf('publication', name);
  const publish = `publish = '${operations.join(', ')}'`;
  const usual = operations.length === 4;
  return [
    pieceOf({
      id,
      kind: 'publication',
      title: `publication ${quoteName(name)}`,
      group: name,
      text: JSON.stringify([allTables, operations]),
      create: [
        sql(
          `create publication ${quoteName(name)}${allTables ? ' for all tables' : ''}${usual ? '' : ` with (${publish})`}`,
        ),
      ],
      drop: sql(`drop publication ${quoteName(name)}`),
      object: publication,
      become: (old) =>
        (old.object as Publication).allTables === allTables // checked: pieces of one id are of one kind
          ? altered([sql(`alter publication ${quoteName(name)} set (${publish})`)])
          : null,
    }),
    ...(allTables ? [] : publication.tables)
      .filter(({ schema }) => isWanted(schema))
      .map((table) => {
        const parent = idOf('table', table.schema, table.name);
        return pieceOf({
          id: idOf('published table', name, table.schema, table.name),
          kind: 'published table',
          title: `${quoteQualified(table)} in publication ${quoteName(name)}`,
          group: name,
          text: 'published',
          parent,
          parts: [id],
          needs: [id, parent],
          create: [sql(`alter publication ${quoteName(name)} add table ${quoteQualified(table)}`)],
          drop: sql(`alter publication ${quoteName(name)} drop table ${quoteQualified(table)}`),
        });
      }),
  ];
}

/** Buckets are rows of Supabase's storage. */
export function bucketPiece(bucket: Bucket): Piece {
  const types = bucket.allowedMimeTypes;
  const values: readonly (readonly [column: string, value: string])[] = [
    ['name', quoteText(bucket.name)],
    ['public', String(bucket.public)],
    ['file_size_limit', bucket.fileSizeLimit === null ? 'null' : String(bucket.fileSizeLimit)],
    ['allowed_mime_types', types === null ? 'null' : `array[${types.map(quoteText).join(', ')}]::text[]`],
  ];
  const where = `where id = ${quoteText(bucket.id)}`;
  return pieceOf({
    id: idOf('bucket', bucket.id),
    kind: 'bucket',
    title: `bucket ${bucket.id}`,
    group: bucket.id,
    text: JSON.stringify(bucket),
    create: [
      sql(
        `insert into storage.buckets (id, ${values.map(([column]) => column).join(', ')})\nvalues (${[quoteText(bucket.id), ...values.map(([, value]) => value)].join(', ')})`,
      ),
    ],
    drop: sql(`delete from storage.buckets ${where}`),
    loses: `bucket ${bucket.id}; it fails while there are files in it`,
    become: () =>
      altered([
        sql(
          `update storage.buckets\nset ${values.map(([column, value]) => `${column} = ${value}`).join(', ')}\n${where}`,
        ),
      ]),
  });
}

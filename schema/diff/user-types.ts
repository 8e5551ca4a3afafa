// Enums, domains, composite types and sequences as pieces. A type whose values change in a way that PostgreSQL has no
// words for is made anew, and the columns of it are moved over.
import type { Catalog, Column, Composite, Domain, Enum, Named, Sequence } from '../catalog/model.ts';
import { quoteName, quoteQualified, quoteText } from '../quote.ts';
import { sequenceOptions } from './columns.ts';
import { isBalanced, lowerKeywords } from './deparsed.ts';
import {
  type Alteration,
  altered,
  idOf,
  type Kind,
  onTable,
  type Piece,
  pieceOf,
  type Statement,
  sql,
} from './piece.ts';

export const typeClaim = ({ schema, name }: Named): string => JSON.stringify(['type', schema, name]);
export const everythingOfIt: ReadonlySet<Kind> = new Set([
  'view',
  'policy',
  'trigger',
  'rule',
  'function',
  'constraint',
  'index',
  'default',
  'domain check',
  'published table',
]);

interface ColumnOfType {
  readonly table: string;
  readonly column: Column;
}

/** What a piece of a type holds. */
export interface OfType<Type> {
  readonly type: Type;
  readonly columns: readonly ColumnOfType[];
}

/** A type with the columns that are of it or of arrays of it. */
export const withColumns = <Type extends Named>(catalog: Catalog, type: Type): OfType<Type> => ({
  type,
  columns: catalog.tables.flatMap((table) =>
    table.partitionOf !== null
      ? []
      : table.columns
          .filter(
            ({ typeSchema, typeName, array }) =>
              typeSchema === type.schema && typeName === (array ? `_${type.name}` : type.name),
          )
          .map((column) => ({ table: quoteQualified(table), column })),
  ),
});

/** Those of both sides: others go before the type changes, or come after. */
export const sharedColumns = (from: OfType<unknown>, to: OfType<unknown>): readonly ColumnOfType[] =>
  to.columns.filter(({ table, column: { name, array } }) =>
    from.columns.some((each) => each.table === table && each.column.name === name && each.column.array === array),
  );

/** Renames the old type, makes the new one, moves every column over by its text, drops the old one. */
function replaceType(before: OfType<Named>, after: OfType<Named>, create: string): readonly Statement[] {
  const { type } = after;
  const old = { schema: type.schema, name: `${type.name}_old` };
  const word = create.startsWith('create domain') ? 'domain' : 'type';
  return [
    sql(`alter ${word} ${quoteQualified(type)} rename to ${quoteName(old.name)}`),
    sql(create),
    ...sharedColumns(before, after).map(({ table, column: { name, array } }) => {
      const cast = array ? `::text[]::${quoteQualified(type)}[]` : `::text::${quoteQualified(type)}`;
      const to = `${quoteQualified(type)}${array ? '[]' : ''}`;
      return onTable(table, `alter column ${quoteName(name)} type ${to} using ${quoteName(name)}${cast}`);
    }),
    sql(`drop ${word} ${quoteQualified(old)}`),
  ];
}

const isSubsequence = (part: readonly string[], whole: readonly string[]): boolean => {
  let at = 0;
  for (const value of whole) if (value === part[at]) at += 1;
  return at === part.length;
};

const createEnum = (type: Enum): string =>
  `create type ${quoteQualified(type)} as enum (${type.values.map(quoteText).join(', ')})`;

function becomeEnum(before: OfType<Enum>, after: OfType<Enum>): Alteration {
  const [from, to] = [before.type, after.type];
  if (!isSubsequence(from.values, to.values)) {
    const gone = from.values.filter((value) => !to.values.includes(value));
    return altered(replaceType(before, after, createEnum(to)), {
      breaks: everythingOfIt,
      loses:
        gone.length === 0
          ? null
          : `rows that have ${gone.map(quoteText).join(', ')} fail: give them another value first`,
    });
  }
  const known = new Set(from.values);
  const statements = to.values.flatMap((value, index) => {
    if (known.has(value)) return [];
    const before = to.values[index - 1];
    const after = to.values.slice(index + 1).find((each) => known.has(each));
    known.add(value);
    const isLast = after === undefined;
    const place = isLast ? '' : before === undefined ? ` before ${quoteText(after)}` : ` after ${quoteText(before)}`;
    return [sql(`alter type ${quoteQualified(to)} add value ${quoteText(value)}${place}`)];
  });
  return altered(statements);
}

/** A new value cannot be used in the transaction that adds it: where it is needed at once, the type is made anew. */
export function renewEnum(before: OfType<Enum>, after: OfType<Enum>): { added: readonly string[]; anew: Alteration } {
  const [from, to] = [before.type, after.type];
  return {
    added: to.values.filter((value) => !from.values.includes(value)),
    anew: altered(replaceType(before, after, createEnum(to)), { breaks: everythingOfIt }),
  };
}

function enumPiece(catalog: Catalog, type: Enum): Piece {
  const object = withColumns(catalog, type);
  return pieceOf({
    id: idOf('enum', type.schema, type.name),
    kind: 'enum',
    title: `type ${quoteQualified(type)}`,
    text: JSON.stringify(type.values),
    needs: [idOf('schema', type.schema)],
    claims: [typeClaim(type)],
    create: [sql(createEnum(type))],
    drop: sql(`drop type ${quoteQualified(type)}`),
    object,
    become: (old) => becomeEnum(old.object as OfType<Enum>, object), // checked: pieces of one id are of one kind
  });
}

/** `checks` are those that can be said at once; the others are added when what they call is there. */
export const createDomain = (domain: Domain, checks: readonly string[] = []): string =>
  [
    `create domain ${quoteQualified(domain)} as ${domain.type}`,
    ...(domain.default === null ? [] : [`default ${lowerKeywords(domain.default)}`]),
    ...(domain.notNull ? ['not null'] : []),
    ...checks,
  ].join('\n  ');

function becomeDomain(before: OfType<Domain>, after: OfType<Domain>): Alteration {
  const [from, to] = [before.type, after.type];
  if (from.type !== to.type)
    return altered(replaceType(before, after, createDomain(to)), {
      breaks: everythingOfIt,
      loses: `values that do not fit ${to.type} (they fail)`,
    });
  const alter = (text: string): Statement => sql(`alter domain ${quoteQualified(to)} ${text}`);
  const statements: Statement[] = [];
  if (from.default !== to.default)
    statements.push(alter(to.default === null ? 'drop default' : `set default ${lowerKeywords(to.default)}`));
  if (from.notNull !== to.notNull) statements.push(alter(to.notNull ? 'set not null' : 'drop not null'));
  return altered(statements);
}

function domainCheckPiece(domain: Domain, { name, text }: Domain['checks'][number]): Piece {
  const parent = idOf('domain', domain.schema, domain.name);
  const on = quoteQualified(domain);
  const line = `constraint ${quoteName(name)} ${lowerKeywords(text).replace(/^check \(\((.*)\)\)$/s, (whole, inner: string) => (isBalanced(inner) ? `check (${inner})` : whole))}`;
  return pieceOf({
    id: idOf('domain check', domain.schema, domain.name, name),
    kind: 'domain check',
    title: `constraint ${quoteName(name)} of domain ${on}`,
    group: on,
    text,
    parent,
    needs: [parent],
    create: [sql(`alter domain ${on} add ${line}`)],
    drop: sql(`alter domain ${on} drop constraint ${quoteName(name)}`),
    inline: / NOT VALID$/.test(text) ? null : line,
  });
}

function domainPieces(catalog: Catalog, domain: Domain): readonly Piece[] {
  const object = withColumns(catalog, domain);
  const self = pieceOf({
    id: idOf('domain', domain.schema, domain.name),
    kind: 'domain',
    title: `domain ${quoteQualified(domain)}`,
    group: quoteQualified(domain),
    text: JSON.stringify([domain.type, domain.default, domain.notNull]),
    needs: [idOf('schema', domain.schema)],
    claims: [typeClaim(domain)],
    create: [sql(createDomain(domain))],
    drop: sql(`drop domain ${quoteQualified(domain)}`),
    object,
    become: (old) => becomeDomain(old.object as OfType<Domain>, object), // checked: pieces of one id are of one kind
  });
  return [self, ...domain.checks.map((check) => domainCheckPiece(domain, check))];
}

function becomeComposite(before: OfType<Composite>, after: OfType<Composite>): Alteration {
  const [from, to] = [before.type, after.type];
  const create = createComposite(to);
  const kept = from.attributes.filter(({ name }) => to.attributes.some((each) => each.name === name));
  const isInOrder = kept.every(({ name }, index) => to.attributes[index]?.name === name);
  const retyped = kept.some(({ name, type }) => to.attributes.find((each) => each.name === name)?.type !== type);
  const lost = from.attributes.length > kept.length;
  if (!isInOrder || retyped)
    return altered(replaceType(before, after, create), {
      breaks: everythingOfIt,
      loses: 'values that do not fit the new type (they fail)',
    });
  const change = [
    ...from.attributes.filter((each) => !kept.includes(each)).map(({ name }) => `drop attribute ${quoteName(name)}`),
    ...to.attributes.slice(kept.length).map(({ name, type }) => `add attribute ${quoteName(name)} ${type}`),
  ];
  return altered([sql(`alter type ${quoteQualified(to)} ${change.join(', ')}`)], {
    breaks: new Set<Kind>(['view', 'policy', 'function']),
    loses: lost ? 'the values of attributes that go' : null,
  });
}

const createComposite = (type: Composite): string =>
  `create type ${quoteQualified(type)} as (${type.attributes.map(({ name, type: of }) => `${quoteName(name)} ${of}`).join(', ')})`;

function compositePiece(catalog: Catalog, type: Composite): Piece {
  const object = withColumns(catalog, type);
  return pieceOf({
    id: idOf('composite', type.schema, type.name),
    kind: 'composite',
    title: `type ${quoteQualified(type)}`,
    text: JSON.stringify(type.attributes),
    needs: [idOf('schema', type.schema)],
    claims: [typeClaim(type)],
    create: [sql(createComposite(type))],
    drop: sql(`drop type ${quoteQualified(type)}`),
    object,
    become: (old) => becomeComposite(old.object as OfType<Composite>, object), // checked: pieces of one id are of one kind
  });
}

/** A free sequence, or one that a column's default counts with; those of identities belong to their columns. */
function sequencePieces(sequence: Sequence): readonly Piece[] {
  const name = quoteQualified(sequence);
  const id = idOf('sequence', sequence.schema, sequence.name);
  const options = sequenceOptions(sequence);
  const say = (verb: string): Statement =>
    sql(
      `${verb} sequence ${name}${sequence.type === 'bigint' && verb === 'create' ? '' : ` as ${sequence.type}`}${options === '' ? '' : ` ${options}`}`,
    );
  const self = pieceOf({
    id,
    kind: 'sequence',
    title: `sequence ${name}`,
    group: name,
    text: `${sequence.type} ${options}`,
    needs: [idOf('schema', sequence.schema)],
    claims: [JSON.stringify(['relation', sequence.schema, sequence.name])],
    create: [say('create')],
    drop: sql(`drop sequence ${name}`),
    loses: `where sequence ${name} stands`,
    object: sequence,
    parts:
      sequence.ownedBy === null
        ? []
        : [idOf('column', sequence.ownedBy.schema, sequence.ownedBy.name, sequence.ownedBy.column)],
    become: () =>
      altered([
        sql(
          `alter sequence ${name} as ${sequence.type} increment by ${sequence.increment} minvalue ${sequence.minimum} maxvalue ${sequence.maximum} start with ${sequence.start} cache ${sequence.cache} ${sequence.cycle ? 'cycle' : 'no cycle'}`,
        ),
      ]),
  });
  if (sequence.ownedBy === null) return [self];
  const { ownedBy } = sequence;
  const column = idOf('column', ownedBy.schema, ownedBy.name, ownedBy.column);
  const own = sql(`alter sequence ${name} owned by ${quoteQualified(ownedBy)}.${quoteName(ownedBy.column)}`);
  return [
    self,
    pieceOf({
      id: idOf('sequence owner', sequence.schema, sequence.name),
      kind: 'sequence owner',
      title: `owner of sequence ${name}`,
      group: quoteQualified(ownedBy),
      text: column,
      parent: id,
      parts: [column],
      needs: [id, column],
      create: [own],
      drop: sql(`alter sequence ${name} owned by none`),
      become: () => altered([own]),
    }),
  ];
}

export const typePieces = (catalog: Catalog): readonly Piece[] => [
  ...catalog.enums.map((type) => enumPiece(catalog, type)),
  ...catalog.domains.flatMap((domain) => domainPieces(catalog, domain)),
  ...catalog.composites.map((type) => compositePiece(catalog, type)),
  ...catalog.sequences.filter(({ ownedBy }) => ownedBy?.identity !== true).flatMap(sequencePieces),
];

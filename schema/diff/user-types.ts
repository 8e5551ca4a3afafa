// Enums, domains, composite types and sequences as pieces. A type whose values change in a way that PostgreSQL has no
// words for is made anew, and the columns of it are moved over.
import type { Catalog, Composite, Domain, Enum, Named, Sequence } from '../catalog/model.ts';
import { quoteName, quoteQualified, quoteText } from '../quote.ts';
import { sequenceOptions } from './columns.ts';
import { lowerKeywords } from './deparsed.ts';
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

const typeClaim = ({ schema, name }: Named): string => JSON.stringify(['type', schema, name]);
const everythingOfIt: ReadonlySet<Kind> = new Set([
  'view',
  'policy',
  'trigger',
  'rule',
  'function',
  'constraint',
  'index',
  'default',
  'published table',
]);

/** Renames the old type, makes the new one, moves every column over by its text, drops the old one. */
function replaceType(catalog: Catalog, type: Named, create: string): readonly Statement[] {
  const old = { schema: type.schema, name: `${type.name}_old` };
  const word = create.startsWith('create domain') ? 'domain' : 'type';
  const columns = catalog.tables.flatMap((table) =>
    table.partitionOf !== null
      ? []
      : table.columns
          .filter(
            ({ typeSchema, typeName, array }) =>
              typeSchema === type.schema && typeName === (array ? `_${type.name}` : type.name),
          )
          .map((column) => ({ table, column })),
  );
  return [
    sql(`alter ${word} ${quoteQualified(type)} rename to ${quoteName(old.name)}`),
    sql(create),
    ...columns.map(({ table, column: { name, array } }) => {
      const cast = array ? `::text[]::${quoteQualified(type)}[]` : `::text::${quoteQualified(type)}`;
      const to = `${quoteQualified(type)}${array ? '[]' : ''}`;
      return onTable(
        quoteQualified(table),
        `alter column ${quoteName(name)} type ${to} using ${quoteName(name)}${cast}`,
      );
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

function becomeEnum(catalog: Catalog, from: Enum, to: Enum): Alteration {
  if (!isSubsequence(from.values, to.values)) {
    const gone = from.values.filter((value) => !to.values.includes(value));
    return altered(replaceType(catalog, to, createEnum(to)), {
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
export function renewEnum(catalog: Catalog, from: Enum, to: Enum): { added: readonly string[]; anew: Alteration } {
  return {
    added: to.values.filter((value) => !from.values.includes(value)),
    anew: altered(replaceType(catalog, to, createEnum(to)), { breaks: everythingOfIt }),
  };
}

function enumPiece(catalog: Catalog, type: Enum): Piece {
  return pieceOf({
    id: idOf('enum', type.schema, type.name),
    kind: 'enum',
    title: `type ${quoteQualified(type)}`,
    text: JSON.stringify(type.values),
    needs: [idOf('schema', type.schema)],
    claims: [typeClaim(type)],
    create: [sql(createEnum(type))],
    drop: sql(`drop type ${quoteQualified(type)}`),
    object: type,
    become: (old) => becomeEnum(catalog, old.object as Enum, type), // checked: pieces of one id are of one kind
  });
}

const createDomain = (domain: Domain): string =>
  [
    `create domain ${quoteQualified(domain)} as ${domain.type}`,
    ...(domain.default === null ? [] : [`default ${lowerKeywords(domain.default)}`]),
    ...(domain.notNull ? ['not null'] : []),
    ...domain.checks.map(({ name, text }) => `constraint ${quoteName(name)} ${lowerKeywords(text)}`),
  ].join('\n  ');

function becomeDomain(catalog: Catalog, from: Domain, to: Domain): Alteration {
  if (from.type !== to.type)
    return altered(replaceType(catalog, to, createDomain(to)), {
      breaks: everythingOfIt,
      loses: `values that do not fit ${to.type} (they fail)`,
    });
  const alter = (text: string): Statement => sql(`alter domain ${quoteQualified(to)} ${text}`);
  const statements: Statement[] = [];
  const same = (a: { name: string; text: string }, b: { name: string; text: string }): boolean =>
    a.name === b.name && a.text === b.text;
  for (const check of from.checks)
    if (!to.checks.some((each) => same(each, check)))
      statements.push(alter(`drop constraint ${quoteName(check.name)}`));
  if (from.default !== to.default)
    statements.push(alter(to.default === null ? 'drop default' : `set default ${lowerKeywords(to.default)}`));
  if (from.notNull !== to.notNull) statements.push(alter(to.notNull ? 'set not null' : 'drop not null'));
  for (const check of to.checks)
    if (!from.checks.some((each) => same(each, check)))
      statements.push(alter(`add constraint ${quoteName(check.name)} ${lowerKeywords(check.text)}`));
  return altered(statements);
}

const domainPiece = (catalog: Catalog, domain: Domain): Piece =>
  pieceOf({
    id: idOf('domain', domain.schema, domain.name),
    kind: 'domain',
    title: `domain ${quoteQualified(domain)}`,
    text: JSON.stringify([domain.type, domain.default, domain.notNull, domain.checks]),
    needs: [idOf('schema', domain.schema)],
    claims: [typeClaim(domain)],
    create: [sql(createDomain(domain))],
    drop: sql(`drop domain ${quoteQualified(domain)}`),
    object: domain,
    become: (old) => becomeDomain(catalog, old.object as Domain, domain), // checked: pieces of one id are of one kind
  });

function becomeComposite(catalog: Catalog, from: Composite, to: Composite): Alteration {
  const create = createComposite(to);
  const kept = from.attributes.filter(({ name }) => to.attributes.some((each) => each.name === name));
  const isInOrder = kept.every(({ name }, index) => to.attributes[index]?.name === name);
  const retyped = kept.some(({ name, type }) => to.attributes.find((each) => each.name === name)?.type !== type);
  const lost = from.attributes.length > kept.length;
  if (!isInOrder || retyped)
    return altered(replaceType(catalog, to, create), {
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

const compositePiece = (catalog: Catalog, type: Composite): Piece =>
  pieceOf({
    id: idOf('composite', type.schema, type.name),
    kind: 'composite',
    title: `type ${quoteQualified(type)}`,
    text: JSON.stringify(type.attributes),
    needs: [idOf('schema', type.schema)],
    claims: [typeClaim(type)],
    create: [sql(createComposite(type))],
    drop: sql(`drop type ${quoteQualified(type)}`),
    object: type,
    become: (old) => becomeComposite(catalog, old.object as Composite, type), // checked: pieces of one id are of one kind
  });

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
  ...catalog.domains.map((domain) => domainPiece(catalog, domain)),
  ...catalog.composites.map((type) => compositePiece(catalog, type)),
  ...catalog.sequences.filter(({ ownedBy }) => ownedBy?.identity !== true).flatMap(sequencePieces),
];

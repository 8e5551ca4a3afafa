// Names, types and defaults of columns.
import type { Column, Table } from '../../catalog/model.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import { isPlatform } from '../platform.ts';
import type { Found, Rule } from '../rule.ts';
import { nameOf, ownTables } from './security-access.ts';
import { foreignKeys } from './tenancy-tables.ts';

type Shared = Pick<Rule, 'profiles' | 'reads'>;
const shared: Shared = { profiles: ['greenfield', 'live'], reads: 'catalog' };

/** A rule about one column at a time. Columns of partitions are their parents'. */
function columnRule(
  rule: Omit<Rule, 'check' | keyof Shared>,
  find: (column: Column, table: Table) => { message: string; hint?: string } | null,
): Rule {
  return {
    ...shared,
    ...rule,
    check: ({ catalog }) =>
      ownTables(catalog)
        .filter(({ partitionOf }) => partitionOf === null)
        .flatMap((table) =>
          table.columns.flatMap((column): readonly Found[] => {
            const found = find(column, table);
            return found === null ? [] : [{ object: `${nameOf(table)}.${column.name}`, ...found }];
          }),
        ),
  };
}

const named = (column: Column, table: Table): string => `${nameOf(table)}.${column.name}`;
const plain = /^[a-z_][a-z0-9_]*$/;

export const generalNames: Rule = {
  ...shared,
  id: 'general-name-not-lowercase',
  level: 'info',
  category: 'naming',
  title: 'A name that needs quotes',
  why: 'PostgreSQL folds names to lower case: one with capitals, spaces or dashes must be quoted in every statement, and generated code spells it in its own way.',
  mend: 'Use lower case and underscores: user_profiles, created_at.',
  check: ({ catalog }) => {
    const relations = [...catalog.tables, ...catalog.views].filter(({ schema }) => !isPlatform(schema));
    return [
      ...relations.flatMap((relation) => [
        { object: nameOf(relation), name: relation.name },
        ...relation.columns.map(({ name }) => ({ object: `${nameOf(relation)}.${name}`, name })),
      ]),
      ...catalog.functions
        .filter(({ schema }) => !isPlatform(schema))
        .map(({ schema, name, identity }) => ({ object: `${schema}.${name}(${identity})`, name })),
    ]
      .filter(({ name }) => !plain.test(name))
      .map(({ object, name }) => ({
        object,
        message: `The name "${name}" (${object}) is not lower case with underscores.`,
      }));
  },
};

/** Rows come from another table with all their values. */
const isCopy = ({ name }: Table): boolean => /(?:_archive|_archived|_history|_backup|^archived?_)/.test(name);

const moment = /^(?:created|updated|inserted|modified)_(?:at|on|date|time)$|^(?:created|updated)$/;

export const generalTimestampDefault = columnRule(
  {
    id: 'general-timestamp-default',
    level: 'info',
    category: 'correctness',
    title: 'A time of creation or change without a default',
    why: 'Whoever inserts must remember to set it; who forgets leaves null, and sorting by it loses rows.',
    mend: 'Set `not null default now()`.',
  },
  (column, table) =>
    moment.test(column.name) &&
    /^(?:timestamptz?|date)$/.test(column.typeName) &&
    column.default === null &&
    !isCopy(table)
      ? {
          message: `${named(column, table)} has no default.`,
          hint: `alter table ${quoteQualified(table)} alter column ${quoteName(column.name)} set default now();`,
        }
      : null,
);

export const generalUuidDefault = columnRule(
  {
    id: 'general-uuid-default',
    level: 'info',
    category: 'correctness',
    title: 'A uuid key without a default',
    why: 'Whoever inserts must make one; the API then cannot insert a row without it.',
    mend: 'Set `default gen_random_uuid()`.',
  },
  (column, table) => {
    const primary = table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
    const own = primary.length === 1 && primary[0] === column.name && column.typeName === 'uuid';
    const borrowed = foreignKeys(table).some(({ columns }) => columns.includes(column.name));
    return own && !borrowed && column.default === null && !isCopy(table)
      ? {
          message: `${named(column, table)} has no default.`,
          hint: `alter table ${quoteQualified(table)} alter column ${quoteName(column.name)} set default gen_random_uuid();`,
        }
      : null;
  },
);

const money =
  /(?:^|_)(?:cost|costs|price|amount|balance|budget|revenue|salary|fee|fees|usd|eur|gbp|money|total_cost|spend|spent|credit|credits|debit|discount)(?:_|$)/;
const tokens =
  /(?:^|_)tokens?(?:_(?:count|used|total|in|out|input|output|limit|quota|budget))?$|^(?:input|output|prompt|completion|total)_tokens$|^num_tokens$/;

export const generalMoneyFloat = columnRule(
  {
    id: 'general-money-float',
    level: 'warning',
    category: 'correctness',
    title: 'Money or tokens as floating point',
    why: 'Binary fractions cannot hold a tenth of a cent: sums drift, two ways of adding disagree, and a budget leaks. The type money rounds to the currency of the server.',
    mend: 'numeric for money, bigint for tokens.',
  },
  (column, table) => {
    const floating = /^(?:float4|float8|money|_float4|_float8)$/.test(column.typeName);
    const isMoney = money.test(column.name);
    if (!floating || !(isMoney || tokens.test(column.name)))
      return column.typeName === 'money' ? { message: `${named(column, table)} is of type money.` } : null;
    return {
      message: `${named(column, table)} is ${column.type}.`,
      hint: `alter table ${quoteQualified(table)} alter column ${quoteName(column.name)} type ${isMoney ? 'numeric' : 'bigint'};`,
    };
  },
);

const preferred: readonly {
  readonly rule: Omit<Rule, 'check' | keyof Shared>;
  readonly is: (column: Column) => boolean;
}[] = [
  {
    rule: {
      id: 'general-timestamp-without-zone',
      level: 'info',
      category: 'correctness',
      title: 'A timestamp without time zone',
      why: 'It is a reading of a clock on some wall: which moment that was depends on who reads it.',
      mend: 'Use timestamptz, which stores the moment in as many bytes.',
    },
    is: ({ typeName }) => /^_?(?:timestamp|timetz)$/.test(typeName),
  },
  {
    rule: {
      id: 'general-varchar-length',
      level: 'info',
      category: 'correctness',
      title: 'A text of limited length',
      why: 'varchar(n) costs as much as text, and a longer value fails with an error that says nothing of the column; char(n) pads with blanks.',
      mend: 'Use text, with a check where a length is really a rule.',
    },
    is: ({ typeName, typmod }) => (typeName === 'varchar' && typmod >= 0) || typeName === 'bpchar',
  },
  {
    rule: {
      id: 'general-json',
      level: 'info',
      category: 'performance',
      title: 'json instead of jsonb',
      why: 'json is kept as text: it has no equality, no index, and is parsed at every look.',
      mend: 'Use jsonb.',
    },
    is: ({ typeName }) => /^_?json$/.test(typeName),
  },
  {
    rule: {
      id: 'general-serial',
      level: 'info',
      category: 'correctness',
      title: 'A serial column',
      why: 'serial is a default on a sequence of its own, with rights of its own to forget; an identity column is the standard’s way and cannot be overwritten by chance.',
      mend: 'generated always as identity; or a uuid where the number would tell how many there are.',
    },
    is: ({ default: value, identity }) => identity === null && /^nextval\(/.test(value ?? ''),
  },
];

export const typeRules: readonly Rule[] = preferred.map(({ rule, is }) =>
  columnRule(rule, (column, table) =>
    is(column)
      ? {
          message: `${named(column, table)} is ${column.type}${rule.id === 'general-serial' ? ' with a sequence as its default' : ''}.`,
        }
      : null,
  ),
);

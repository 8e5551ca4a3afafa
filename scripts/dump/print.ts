// Prints a catalog as SQL that makes it again on top of the platform, pattern by pattern, in the order of the files.
import { listPatterns, patternFiles } from '../../schema/patterns.ts';
import type { Catalog, Grant, Policy, Routine, Table } from './catalog.ts';

const header = `-- The schema of Loam as an installed database says it: every pattern, vectors included, on top of sql/platform.
-- Made from the catalog by \`npm run schema:dump\`, held equal by a test, never edited. Where to read why: sql/patterns.
-- Rows that patterns bring (file types, models) and the months' partitions are not part of it.
set check_function_bodies = off;`;

const places = (pattern: RegExp, text: string): readonly string[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => (name.includes('.') ? name : `public.${name}`));

/** Where each table, function and view is written: its pattern, and its place in there. */
function readPlaces(): ReadonlyMap<string, readonly [pattern: string, place: number]> {
  const found = new Map<string, readonly [string, number]>();
  const made = /^\s*create (?:or replace )?(?:table|function|procedure|view) (?:if not exists )?([\w.]+)/gim;
  for (const { path, text } of patternFiles(listPatterns(), { vectors: true }))
    for (const name of places(made, text))
      if (!found.has(name)) found.set(name, [path.split('/')[2] ?? '', found.size]);
  return found;
}

const foreign = ({ constraints }: Table, made: ReadonlySet<string>) =>
  constraints.filter(
    ({ kind, target }) => kind === 'f' && target !== null && !made.has(target) && /^(public|loam)\./.test(target),
  );

function printTable(table: Table, made: ReadonlySet<string>): string {
  const later = foreign(table, made);
  const lines = [
    ...table.columns.map(({ name, type, rest }) => `  ${lower([name, type, rest].filter(Boolean).join(' '))}`),
    ...table.constraints
      .filter((each) => !later.includes(each))
      .map(({ name, text }) => `  constraint ${name} ${lower(text)}`),
  ];
  const partition = table.partitionKey === null ? '' : ` partition by ${table.partitionKey.toLowerCase()}`;
  const security = table.secured ? [`alter table ${table.name} enable row level security;`] : [];
  return [
    `create table ${table.name} (\n${lines.join(',\n')}\n)${partition};`,
    ...table.indexes.map((text) => `${lower(text)};`),
    ...security,
  ].join('\n');
}

const printLater = (table: Table, made: ReadonlySet<string>): readonly string[] =>
  foreign(table, made).map(({ name, text }) => `alter table ${table.name} add constraint ${name} ${lower(text)};`);

/** The catalog shouts its keywords and says of every word in quotes that it is text; what stands in quotes is left alone. */
const lower = (text: string): string =>
  text
    .replace(/('(?:[^']|'')*')::text\b(?!\[)/g, '$1')
    .replace(/'(?:[^']|'')*'|"[^"]*"|\btimestamp with time zone\b|\b[A-Z][A-Z ]*[A-Z]\b/g, (part) =>
      /^['"]/.test(part) ? part : part === 'timestamp with time zone' ? 'timestamptz' : part.toLowerCase(),
    )
    .replace(/^check \(\((.*)\)\)$/s, (whole, inner: string) => (isBalanced(inner) ? `check (${inner})` : whole));

/** Whether the parentheses around it were one too many. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text.replace(/'(?:[^']|'')*'/g, '')) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

function printRoutine({ name, args, result, language, traits, settings, body }: Routine): string {
  const set = settings.map((setting) =>
    setting.replace(
      /^([^=]+)=(.*)$/,
      (_, key: string, value: string) => `set ${key} = ${value === '""' ? "''" : value}`,
    ),
  );
  const quote = body.includes('$$') ? '$function$' : '$$';
  const returns = result === null ? [] : [`returns ${lower(result)}`];
  return [
    `create ${result === null ? 'procedure' : 'function'} ${name}(${lower(args)})`,
    ...returns,
    `language ${language}${traits === '' ? '' : ` ${traits}`}`,
    ...set,
    `as ${quote}${body}${quote};`,
  ].join('\n');
}

function printPolicy({ name, table, command, permissive, roles, using, check }: Policy): string {
  const kind = permissive ? '' : ' as restrictive';
  const parts = [`create policy "${name}" on ${table}${kind}`, `  for ${command} to ${roles.join(', ')}`];
  if (using !== null) parts.push(`  using (${lower(oneLine(using))})`);
  if (check !== null) parts.push(`  with check (${lower(oneLine(check))})`);
  return `${parts.join('\n')};`;
}
const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

/** Grants of one object, one line a role. */
function printGrants(grants: readonly Grant[], kind: string): readonly string[] {
  const roles = Map.groupBy(grants, ({ role }) => role);
  return [...roles].map(([role, each]) => {
    const privileges = each.map(({ privilege, columns }) =>
      columns.length === 0 ? privilege : `${privilege} (${columns.join(', ')})`,
    );
    return `grant ${privileges.join(', ')} on ${kind}${each[0]?.on ?? ''} to ${role};`;
  });
}

export function printSchema(catalog: Catalog): string {
  if (catalog.unknown.length > 0) throw new Error(`the dump does not know how to print: ${catalog.unknown.join(', ')}`);
  const where = readPlaces();
  const patternOf = (name: string): string => where.get(name)?.[0] ?? '';
  const inOrder = <T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] =>
    items.toSorted((a, b) => (where.get(nameOf(a))?.[1] ?? 0) - (where.get(nameOf(b))?.[1] ?? 0));
  const of = <T>(pattern: string, items: readonly T[], nameOf: (item: T) => string): readonly T[] =>
    inOrder(
      items.filter((item) => patternOf(nameOf(item)) === pattern),
      nameOf,
    );

  const grantsOn = (on: string): readonly string[] =>
    printGrants(
      catalog.tableGrants.filter((grant) => grant.on === on),
      '',
    );
  const order = listPatterns().map(({ name }) => name);
  /** What stands on a table of one pattern and speaks of a later one belongs to the later one's section. */
  const sectionOf = (text: string): string =>
    order[
      Math.max(0, ...[...text.matchAll(/\b(?:public|loam)\.\w+/g)].map(([name]) => order.indexOf(patternOf(name))))
    ] ?? '';
  /** A function has no place before the tables that it takes. */
  const homeOf = ({ name, args }: Routine): string =>
    order[Math.max(order.indexOf(patternOf(name)), order.indexOf(sectionOf(args)))] ?? '';
  const rules = [
    ...catalog.triggers.map(({ table, text }) => ({ table, text: `${lower(text)};` })),
    ...catalog.policies.map((policy) => ({ table: policy.table, text: printPolicy(policy) })),
  ];
  const rulesOn = (table: string, section?: string): readonly string[] =>
    rules
      .filter((rule) => rule.table === table && (section === undefined || sectionOf(rule.text) === section))
      .map(({ text }) => text);
  const block = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [lines.join('\n')]);

  const made = new Set<string>();
  const late: string[] = [];
  const sections = listPatterns().map(({ name: pattern }) => {
    const tables = of(pattern, catalog.tables, ({ name }) => name);
    const makeTables = tables.map((table) => {
      made.add(table.name);
      late.push(...printLater(table, made));
      return printTable(table, made);
    });
    const routines = inOrder(
      catalog.routines.filter((routine) => homeOf(routine) === pattern),
      ({ name }) => name,
    );
    const views = of(pattern, catalog.views, ({ name }) => name);
    return [
      `-- ${'='.repeat(20)} ${pattern}`,
      ...makeTables,
      ...routines.map(printRoutine),
      ...inOrder(catalog.tables, ({ name }) => name).flatMap(({ name }) =>
        block([...rulesOn(name, pattern), ...(patternOf(name) === pattern ? grantsOn(name) : [])]),
      ),
      ...views.flatMap(({ name, options, text }) =>
        block([`create view ${name}\nwith (${options.join(', ')}) as\n${lower(text)}`, ...grantsOn(name)]),
      ),
      ...block(
        routines.flatMap(({ signature }) =>
          printGrants(
            catalog.routineGrants.filter(({ on }) => on === signature),
            'function ',
          ),
        ),
      ),
    ].join('\n\n');
  });

  const foreignNames = [
    ...catalog.policies.map(({ table }) => table),
    ...catalog.triggers.map(({ table }) => table),
    ...catalog.tableGrants.map(({ on }) => on),
  ];
  const platform = [...new Set(foreignNames)].filter((name) => /^(auth|storage)\./.test(name)).toSorted();
  const lost = [...catalog.tables, ...catalog.routines, ...catalog.views].filter(({ name }) => !where.has(name));
  if (lost.length > 0) throw new Error(`in the catalog but in no pattern: ${lost.map(({ name }) => name).join(', ')}`);

  return `${[
    header,
    [
      ...catalog.schemas.map((name) => `create schema ${name};`),
      ...catalog.roles.map((name) => `create role ${name} nologin noinherit;\ngrant ${name} to authenticator;`),
    ].join('\n'),
    printSchemaGrants(catalog.schemaGrants).join('\n'),
    ...block(catalog.extensions.map((name) => `create extension if not exists ${name} with schema extensions;`)),
    // Functions of early patterns speak of tables of later ones where organizations are.
    `alter default privileges revoke execute on functions from public;\nset check_function_bodies = off;`,
    ...sections,
    ...block(['-- References to what comes later', ...late]),
    ...platform.flatMap((name) => block([`-- On the platform's ${name}`, ...rulesOn(name), ...grantsOn(name)])),
    `alter default privileges grant execute on functions to public;\nreset check_function_bodies;`,
    catalog.tables
      .filter(({ partitionKey }) => partitionKey !== null)
      .map(({ name }) => `select loam.start_partitions('${name}');`)
      .join('\n'),
    ...block(catalog.published.map((name) => `select loam.publish_changes('${name}');`)),
  ].join('\n\n')}\n`;
}

function printSchemaGrants(grants: readonly Grant[]): readonly string[] {
  const bySchema = Map.groupBy(grants, ({ on, privilege }) => `${privilege} on schema ${on}`);
  return [...bySchema].map(
    ([what, each]) =>
      `grant ${what} to ${each
        .map(({ role }) => role)
        .toSorted()
        .join(', ')};`,
  );
}

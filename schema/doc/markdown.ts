// A schema's reference in Markdown: chapters with a diagram each, every table with its columns, keys, who may do what,
// indexes and triggers; views; functions.
import type { Catalog, Column, Routine, Table, View } from '../catalog/model.ts';
import { lowerKeywords } from '../diff/deparsed.ts';
import { type Chapter, isKey, nameOf, typeName } from './chapters.ts';
import { mermaid } from './mermaid.ts';
import { accessTo, commands, sayExpression } from './policies-in-words.ts';

const cell = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/(?<!\\)\|/g, '\\|')
    .trim();
const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length === 0 ? [] : [row(head), row(head.map(() => '---')), ...rows.map(row), ''];
const sentence = (text: string | null): readonly string[] =>
  text === null ? [] : [text.replace(/\s*\n\s*/g, ' '), ''];

function defaultOf(column: Column): string {
  if (column.generated !== null) return `computed: ${code(sayExpression(column.default ?? ''))}`;
  if (column.identity !== null) return `counted ${column.identity}`;
  return column.default === null
    ? ''
    : code(sayExpression(column.default).replace(/^('(?:[^']|'')*')::[\w .()[\]]+$/, '$1'));
}

const columnRows = (of: Table): readonly (readonly string[])[] =>
  of.columns.map((column) => [
    code(column.name),
    typeName(column),
    [isKey(of, column), column.notNull ? '' : 'may be null'].filter(Boolean).join(', '),
    defaultOf(column),
    column.comment ?? '',
  ]);

function rules(of: Table): readonly string[] {
  const lines = of.constraints.map((constraint) => {
    const text = constraint.text.replace(/^(PRIMARY KEY|UNIQUE|CHECK|EXCLUDE|FOREIGN KEY)/, '').trim();
    if (constraint.kind === 'foreign key' && constraint.target !== null) {
      const gone = constraint.onDelete === 'no action' ? 'refuses' : constraint.onDelete;
      return `- ${constraint.columns.map(code).join(', ')} refers to ${code(`${nameOf(constraint.target)} (${constraint.target.columns.join(', ')})`)}; when that row is deleted: ${gone}`;
    }
    if (constraint.kind === 'check') return `- check ${code(sayExpression(text))}`;
    return `- ${constraint.kind}: ${constraint.columns.map(code).join(', ')}`;
  });
  const indexes = of.indexes
    .filter(({ constraint }) => constraint === null)
    .map(({ name, unique, method, text }) => {
      const what = text.replace(/^.*? USING \w+ /, '').replace(/ WHERE /, ' where ');
      return `- ${unique ? 'unique index' : 'index'} ${code(name)}${method === 'btree' ? '' : ` (${method})`}: ${code(what)}`;
    });
  return lines.length + indexes.length === 0 ? [] : [...lines, ...indexes, ''];
}

function tableSection(catalog: Catalog, of: Table): readonly string[] {
  const access = accessTo(catalog, of);
  const triggers = catalog.triggers.filter((each) => each.schema === of.schema && each.table === of.name);
  return [
    `### ${nameOf(of)}`,
    '',
    ...sentence(of.comment),
    ...(of.partitionKey === null ? [] : [`Partitioned by ${code(of.partitionKey.toLowerCase())}.`, '']),
    ...table(['Column', 'Type', 'Key', 'Default', ''], columnRows(of)),
    ...(of.rls ? [] : ['Row-level security is off.', '']),
    ...table(
      ['Who', 'Reads', 'Adds', 'Changes', 'Removes'],
      access.map(({ roles, may }) => [roles.map(code).join(', '), ...commands.map((command) => may[command])]),
    ),
    ...(access.length === 0 ? ['Nobody but its owner has rights.', ''] : []),
    ...rules(of),
    ...(triggers.length === 0
      ? []
      : [
          ...triggers.map(
            ({ name, timing, events, function: called, eachRow }) =>
              `- trigger ${code(name)}: ${timing} ${events.join(' or ')}, for each ${eachRow ? 'row' : 'statement'}, calls ${code(nameOf(called))}`,
          ),
          '',
        ]),
  ];
}

const viewSection = (view: View): readonly string[] => [
  `### ${nameOf(view)} (${view.kind === 'view' ? 'view' : 'materialised view'})`,
  '',
  ...sentence(view.comment),
  `${view.options.some((option) => /^security_invoker=(true|on|1)$/.test(option)) ? "With the reader's own rights" : "With its owner's rights"}, from ${view.relations.map((each) => code(nameOf(each))).join(', ') || 'no table'}: ${view.columns.map(({ name }) => code(name)).join(', ')}.`,
  '',
];

const sayResult = ({ result }: Routine): string =>
  lowerKeywords(result ?? 'nothing')
    .replaceAll('timestamp with time zone', 'timestamptz')
    .replace(/\b(?:public|extensions)\.(?=\w)/g, '');

function functionRow(routine: Routine): readonly string[] {
  const inputs = routine.arguments.filter(({ mode }) => mode !== 'out' && mode !== 'table');
  const list = inputs
    .map(({ name, type, hasDefault }) => `${name} ${type.replace(/^\w+\.(?=\w)/, '')}${hasDefault ? '?' : ''}`.trim())
    .join(', ');
  const callers = routine.grants
    .filter(({ grantee }) => grantee !== routine.owner)
    .map(({ grantee }) => (grantee === 'public' ? 'everybody' : code(grantee)));
  return [
    code(`${nameOf(routine)}(${list})`),
    code(sayResult(routine)),
    callers.join(', ') || 'its owner',
    routine.definer ? "owner's" : "caller's",
    routine.comment ?? '',
  ];
}

/** `title` heads it; `schemas` say whose functions are listed. Trigger functions are left out: nobody calls them. */
export function markdown(
  catalog: Catalog,
  chapters: readonly Chapter[],
  title: string,
  schemas: readonly string[],
): string {
  const functions = catalog.functions.filter(
    ({ schema, returnsTrigger }) => schemas.includes(schema) && !returnsTrigger,
  );
  const lines = [
    `# ${title}`,
    '',
    ...chapters.flatMap((chapter) => [
      `## ${chapter.title}`,
      '',
      ...(chapter.tables.length === 0 ? [] : ['```mermaid', mermaid([chapter]).trimEnd(), '```', '']),
      ...chapter.tables.flatMap((each) => tableSection(catalog, each)),
      ...chapter.views.flatMap(viewSection),
    ]),
    ...(functions.length === 0
      ? []
      : ['## Functions', '', ...table(['Function', 'Gives', 'Called by', 'Rights', ''], functions.map(functionRow))]),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

// Functions, views, rules and triggers as pieces.
import type { Column, Routine, Trigger, View } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { lowerKeywords } from './deparsed.ts';
import { tidyArguments } from './expressions.ts';
import { altered, idOf, type Kind, onTable, type Piece, pieceOf, sql } from './piece.ts';
import type { Rule } from './side.ts';
import { indexPiece } from './tables.ts';

export const routineWord = ({ kind }: Routine): 'procedure' | 'aggregate' | 'function' =>
  kind === 'procedure' || kind === 'aggregate' ? kind : 'function';

export const functionName = (routine: Routine): string =>
  `${quoteQualified(routine)}(${routine.kind === 'aggregate' && routine.identity === '' ? '*' : routine.identity})`;

/** The head in lower case, the body as it is, between dollars that it does not contain. */
function functionText(routine: Routine): string {
  const text = routine.text.trimEnd();
  if (routine.kind === 'aggregate') return lowerKeywords(text);
  const body = text.indexOf('AS $');
  if (body < 0) {
    const standard = text.search(/\n(?:BEGIN ATOMIC|RETURN )/);
    return standard < 0
      ? lowerKeywords(text)
      : `${lowerHead(text.slice(0, standard))}${lowerKeywords(text.slice(standard))}`;
  }
  const quote = routine.body.includes('$$') ? '$function$' : '$$';
  const own = /^AS (\$\w*\$)([\s\S]*)\1$/.exec(text.slice(body));
  const code = own === null || own[2]?.includes(quote) ? text.slice(body) : `as ${quote}${own[2]}${quote}`;
  return `${lowerHead(text.slice(0, body))}${code}`;
}

/** pg_get_functiondef indents by one blank, and sets a path of nothing as `''`. */
const lowerHead = (head: string): string =>
  tidyArguments(lowerKeywords(head))
    .replace(/\n +/g, '\n')
    .replace(/^create or replace/, 'create or replace');

const replaceBreaks: ReadonlySet<Kind> = new Set();

/** What `create or replace` may not change: the result, names and defaults of arguments, the kind. */
function isReplaceable(from: Routine, to: Routine): boolean {
  const inputs = ({ arguments: all }: Routine): string =>
    JSON.stringify(all.filter(({ mode }) => mode !== 'table').map(({ name, mode, type }) => [name, mode, type]));
  const fewerDefaults = from.arguments.some(
    (argument, index) => argument.hasDefault && to.arguments[index]?.hasDefault !== true,
  );
  // A name may be given to an argument that had none.
  const named = (routine: Routine): boolean =>
    routine.arguments.some(({ name, mode }) => name !== '' && mode !== 'table');
  return (
    from.kind === to.kind &&
    from.result === to.result &&
    !fewerDefaults &&
    (inputs(from) === inputs(to) || !named(from))
  );
}

export function functionPiece(routine: Routine): Piece {
  const name = functionName(routine);
  const word = routineWord(routine);
  const text = functionText(routine);
  return pieceOf({
    id: idOf('function', routine.schema, routine.name, routine.identity),
    kind: 'function',
    title: `${word} ${name}`,
    group: name,
    text: routine.text,
    needs: [idOf('schema', routine.schema)],
    create: [sql(text)],
    drop: sql(`drop ${word} ${name}`),
    body: ['sql', 'plpgsql'].includes(routine.language) ? routine.body : null,
    object: routine,
    become: (old) =>
      isReplaceable(old.object as Routine, routine) ? altered([sql(text)], { breaks: replaceBreaks }) : null, // checked: pieces of one id are of one kind
  });
}

const isPrefix = (before: readonly Column[], after: readonly Column[]): boolean =>
  before.every(({ name, type, collation }, index) => {
    const other = after[index];
    return other !== undefined && other.name === name && other.type === type && other.collation === collation;
  });

export function viewPieces(view: View): readonly Piece[] {
  const name = quoteQualified(view);
  const id = idOf('view', view.schema, view.name);
  const isPlain = view.kind === 'view';
  const options = view.options.length === 0 ? '' : `\nwith (${view.options.join(', ')})`;
  const query = lowerKeywords(view.text.trim().replace(/;$/, ''));
  const word = isPlain ? 'view' : 'materialized view';
  const make = (verb: string) => sql(`${verb} ${word} ${name}${options} as\n${query}`);
  const self = pieceOf({
    id,
    kind: 'view',
    title: `${word} ${name}`,
    group: name,
    text: JSON.stringify([
      view.kind,
      view.options,
      view.text,
      view.columns.map(({ name: column, type }) => [column, type]),
    ]),
    needs: [idOf('schema', view.schema)],
    claims: [JSON.stringify(['relation', view.schema, view.name])],
    create: [make('create')],
    drop: sql(`drop ${word} ${name}`),
    object: view,
    become: (old) => {
      const before = old.object as View; // checked: pieces of one id are of one kind
      return before.kind === 'view' && isPlain && isPrefix(before.columns, view.columns)
        ? altered([make('create or replace')])
        : null;
    },
  });
  return [self, ...view.indexes.map((index) => indexPiece(view, index, id, false))];
}

export function triggerPiece(trigger: Trigger, onView: boolean): Piece {
  const name = quoteQualified({ schema: trigger.schema, name: trigger.table });
  const parent = idOf(onView ? 'view' : 'table', trigger.schema, trigger.table);
  const text = lowerKeywords(trigger.text);
  const states: Readonly<Record<string, string>> = {
    D: 'disable trigger',
    R: 'enable replica trigger',
    A: 'enable always trigger',
  };
  const state = states[trigger.enabled];
  const enable = state === undefined ? [] : [onTable(name, `${state} ${quoteName(trigger.name)}`)];
  return pieceOf({
    id: idOf('trigger', trigger.schema, trigger.table, trigger.name),
    kind: 'trigger',
    title: `trigger ${quoteName(trigger.name)} of ${name}`,
    group: name,
    text: `${trigger.text} ${trigger.enabled}`,
    parent,
    needs: [parent],
    create: [sql(text), ...enable],
    drop: sql(`drop trigger ${quoteName(trigger.name)} on ${name}`),
    object: trigger,
    become: (old) => {
      const before = old.object as Trigger; // checked: pieces of one id are of one kind
      if (before.text === trigger.text)
        return altered(enable.length > 0 ? enable : [onTable(name, `enable trigger ${quoteName(trigger.name)}`)]);
      if (/^CREATE CONSTRAINT/.test(trigger.text) || /^CREATE CONSTRAINT/.test(before.text)) return null;
      return altered([sql(text.replace(/^create trigger/, 'create or replace trigger')), ...enable]);
    },
  });
}

export function rulePiece(rule: Rule, onView: boolean): Piece {
  const parent = idOf(onView ? 'view' : 'table', rule.schema, rule.table);
  const name = quoteQualified({ schema: rule.schema, name: rule.table });
  const text = lowerKeywords(rule.text.replace(/;$/, ''));
  return pieceOf({
    id: idOf('rule', rule.schema, rule.table, rule.name),
    kind: 'rule',
    title: `rule ${quoteName(rule.name)} of ${name}`,
    group: name,
    text: rule.text,
    parent,
    needs: [parent],
    create: [sql(text)],
    drop: sql(`drop rule ${quoteName(rule.name)} on ${name}`),
    become: () => altered([sql(text.replace(/^create rule/, 'create or replace rule'))]),
  });
}

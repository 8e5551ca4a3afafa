// Makes SQL that can be applied again without error: what is there stays, functions and policies are replaced by this text.
import { type AlterTableStmt, type Node, parseSync } from 'libpg-query';
import { type ParsedStatement, parseStatements } from './migrations-parse.ts';
import { quoteName, quoteText } from './quote.ts';

const word = (name: string | undefined): string => quoteName(name ?? '');
const relation = ({ schemaname, relname }: { schemaname?: string; relname?: string } = {}): string =>
  schemaname === undefined ? word(relname) : `${word(schemaname)}.${word(relname)}`;
const lastName = (names: readonly Node[] | undefined): string =>
  (names ?? []).map((name) => ('String' in name ? word(name.String.sval) : '')).join('.');
const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** Does the statement only where the question is answered with yes. */
const onlyWhere = (question: string, text: string, inBlock: boolean): string => {
  const condition = `if ${question} then\n${indented(text)};\nend if`;
  return inBlock ? condition : `do $guard$\nbegin\n${indented(`${condition};`)}\nend\n$guard$`;
};

/** As PostgreSQL itself names a key that has no name (makeObjectName in its source). */
function keyName(table: string, columns: readonly string[], ending: 'fkey' | 'key'): string {
  let [first, second] = [table, columns.join('_').slice(0, 63)];
  while (first.length + second.length + ending.length + 2 > 63)
    if (first.length > second.length) first = first.slice(0, -1);
    else second = second.slice(0, -1);
  return [first, second, ending].join('_');
}

function constraintName(table: string, node: Node): string {
  const { conname, contype, fk_attrs, keys } = 'Constraint' in node ? node.Constraint : {};
  if (conname !== undefined) return conname;
  const columns = (contype === 'CONSTR_FOREIGN' ? fk_attrs : keys) ?? [];
  if (columns.length === 0) throw new Error(`a constraint that is added to ${table} needs a name`);
  return keyName(
    table,
    columns.map((each) => lastName([each])),
    contype === 'CONSTR_FOREIGN' ? 'fkey' : 'key',
  );
}

/** The actions of an ALTER TABLE, as they stand between its commas. */
function actionsIn(text: string): readonly string[] {
  const actions = [''];
  let depth = 0;
  for (const part of text.match(/'(?:[^']|'')*'|"[^"]*"|--[^\n]*|[(),]|[^'"(),-]+|-/g) ?? []) {
    if (part === '(') depth++;
    if (part === ')') depth--;
    if (part === ',' && depth === 0) actions.push('');
    else if (!part.startsWith('--')) actions.push(`${actions.pop() ?? ''}${part}`);
  }
  return actions.map((each) => each.trim());
}

/** Each action by itself: constraints are added once, columns where they are missing; all others may be repeated. */
function repeatAlterTable({ relation: table, cmds }: AlterTableStmt, text: string, inBlock: boolean): string {
  const [beginning = ''] = /^alter (foreign )?table (if exists )?(only )?[\w."]+\s+/i.exec(text) ?? [];
  const actions = actionsIn(text.slice(beginning.length));
  if (beginning === '' || actions.length !== (cmds ?? []).length)
    throw new Error(`an ALTER TABLE that cannot be taken apart: ${text.slice(0, 200)}`);
  const statements = (cmds ?? []).map((each, index) => {
    const { subtype, def } = 'AlterTableCmd' in each ? each.AlterTableCmd : {};
    const action = (actions[index] ?? '')
      .replace(/^add column (?!if not exists)/i, 'add column if not exists ')
      .replace(/^drop (column|constraint) (?!if exists)/i, 'drop $1 if exists ');
    const single = `${beginning.trim()} ${action}`;
    if (subtype !== 'AT_AddConstraint' || def === undefined) return single;
    const name = constraintName(table?.relname ?? '', def);
    const on = quoteText(relation(table));
    return onlyWhere(
      `not exists (select from pg_constraint where conrelid = ${on}::regclass and conname = ${quoteText(name)})`,
      single,
      inBlock,
    );
  });
  return statements.length === 1 && statements[0] === `${beginning.trim()} ${actions[0] ?? ''}`
    ? text
    : statements.join(';\n');
}

/** A DO block is text to the grammar: the statements in it that would fail the second time are found by how they begin. */
function repeatBlock(text: string): string {
  return text
    .replace(
      /execute 'create policy ("[^"]+") on ([\w.]+)/g,
      (found, name: string, table: string) => `execute 'drop policy if exists ${name} on ${table}';\n    ${found}`,
    )
    .replace(
      /^( *)((?:alter table|create (?:unique )?index|create policy|create trigger)\s[^;]*);/gm,
      (found, space: string, statement: string) => {
        const node = parseSync(statement).stmts?.[0]?.stmt;
        return node === undefined ? found : `${repeatable(node, statement, true).replace(/^(?=.)/gm, space)};`;
      },
    );
}

/** One statement, so that it can be run again. */
function repeatable(node: Node, text: string, inBlock = false): string {
  const put = (pattern: RegExp, words: string): string => text.replace(pattern, (found) => `${found}${words} `);
  if ('CreateStmt' in node && node.CreateStmt.if_not_exists !== true)
    return put(/^create (unlogged )?table /i, 'if not exists');
  if ('IndexStmt' in node && node.IndexStmt.if_not_exists !== true) {
    if (node.IndexStmt.idxname === undefined) throw new Error(`an index needs a name: ${text.slice(0, 200)}`);
    return put(/^create (unique )?index (concurrently )?/i, 'if not exists');
  }
  if ('CreateFunctionStmt' in node) return text.replace(/^create (?!or replace)/i, 'create or replace ');
  if ('ViewStmt' in node) return text.replace(/^create (?!or replace)/i, 'create or replace ');
  if ('CreateTrigStmt' in node) {
    const { isconstraint, trigname, relation: table } = node.CreateTrigStmt;
    return isconstraint === true
      ? `drop trigger if exists ${word(trigname)} on ${relation(table)};\n${text}`
      : text.replace(/^create (?!or replace)/i, 'create or replace ');
  }
  if ('CreatePolicyStmt' in node) {
    const { policy_name, table } = node.CreatePolicyStmt;
    return `drop policy if exists ${word(policy_name)} on ${relation(table)};\n${text}`;
  }
  if ('CreateSchemaStmt' in node)
    return text.replace(/^create schema (?!if not exists)/i, 'create schema if not exists ');
  if ('CreateExtensionStmt' in node)
    return text.replace(/^create extension (?!if not exists)/i, 'create extension if not exists ');
  if ('CreateSeqStmt' in node)
    return text.replace(/^create sequence (?!if not exists)/i, 'create sequence if not exists ');
  if ('CreateTableAsStmt' in node)
    return text.replace(/^create materialized view (?!if not exists)/i, 'create materialized view if not exists ');
  const type =
    'CreateEnumStmt' in node
      ? lastName(node.CreateEnumStmt.typeName)
      : 'CreateDomainStmt' in node
        ? lastName(node.CreateDomainStmt.domainname)
        : 'CompositeTypeStmt' in node
          ? relation(node.CompositeTypeStmt.typevar)
          : null;
  if (type !== null) return onlyWhere(`to_regtype(${quoteText(type)}) is null`, text, inBlock);
  if ('CreatePublicationStmt' in node)
    return onlyWhere(
      `not exists (select from pg_publication where pubname = ${quoteText(node.CreatePublicationStmt.pubname ?? '')})`,
      text,
      inBlock,
    );
  if ('DoStmt' in node) return repeatBlock(text);
  if ('AlterTableStmt' in node) return repeatAlterTable(node.AlterTableStmt, text, inBlock);
  return text;
}

/** A type as it is written, without what stands in its parentheses, which a function's argument does not keep. */
function typeText(node: Node | undefined): string {
  const type = node !== undefined && 'TypeName' in node ? node.TypeName : {};
  return lastName(type.names) + (type.arrayBounds === undefined ? '' : '[]');
}

const inPublic = (name: string): boolean => !name.includes('.') || name.startsWith('public.');

/** What a statement makes in the exposed schema, as GRANT names it. */
function madeBy({ node }: ParsedStatement): string | null {
  const named = (kind: string, name: string): string | null => (inPublic(name) ? `${kind} ${name}` : null);
  if ('CreateStmt' in node) return named('table', relation(node.CreateStmt.relation));
  if ('ViewStmt' in node) return named('table', relation(node.ViewStmt.view));
  if (!('CreateFunctionStmt' in node)) return null;
  const { funcname, parameters, is_procedure } = node.CreateFunctionStmt;
  const types = (parameters ?? []).flatMap((each) => {
    if (!('FunctionParameter' in each)) return [];
    const { mode, argType } = each.FunctionParameter;
    return mode === 'FUNC_PARAM_TABLE' || mode === 'FUNC_PARAM_OUT'
      ? []
      : [typeText(argType === undefined ? undefined : { TypeName: argType })];
  });
  const name = lastName(funcname);
  return inPublic(name) ? `${is_procedure === true ? 'procedure' : 'function'} ${name}(${types.join(', ')})` : null;
}

/**
 * What Supabase grants by default on whatever is made in `public` is taken back where a thing is made first, so that the
 * grants that the patterns write out are all there are.
 */
function takeBack(statement: ParsedStatement, seen: Set<string>): string | null {
  const made = madeBy(statement);
  if (made === null || seen.has(made)) return null;
  seen.add(made);
  return `revoke all on ${made} from anon, authenticated`;
}

/** The text of one file, repeatable. `supabase` takes default grants back; `seen` is what files before it made. */
export async function makeRepeatable(
  path: string,
  text: string,
  options: { readonly supabase: boolean; readonly seen: Set<string> },
): Promise<string> {
  let result = '';
  let done = 0;
  for (const statement of await parseStatements(path, text)) {
    const revoke = options.supabase ? takeBack(statement, options.seen) : null;
    result +=
      text.slice(done, statement.start) +
      repeatable(statement.node, statement.text) +
      (revoke === null ? '' : `;\n${revoke}`);
    done = statement.end;
  }
  return result + text.slice(done);
}

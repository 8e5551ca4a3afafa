// Applies parsed files to a scratch database, statement by statement, and says what could not be and why.
import { DatabaseError } from '../../core/database.ts';
import { openScratch } from '../open-session.ts';
import type { Notice, Session } from '../session.ts';
import { type Failure, failureOf } from './failure.ts';
import { isPlatform } from './platform.ts';
import { baseSql, platformParts } from './platform-base.ts';
import { type StandIn, standIns, withoutGeometryTypmods } from './platform-stand-ins.ts';
import type { Source, Statement } from './source.ts';
import { strings } from './syntax.ts';

export interface Applied {
  readonly session: Session;
  readonly notices: readonly (Notice & { readonly file: string; readonly line: number })[];
  readonly failures: readonly Failure[];
  /** Extensions that something stood in for. */
  readonly stoodIn: readonly string[];
  /** The text makes the platform itself. */
  readonly ownPlatform: boolean;
  /** Statements that worked. */
  readonly count: number;
}

/** What a file set for itself does not hold for the next one. */
const afresh = `reset all; reset role; set time zone 'UTC'; set search_path to "$user", public, extensions`;

const extensionOf = (statement: Statement): string | undefined =>
  'CreateExtensionStmt' in statement.node ? statement.node.CreateExtensionStmt.extname : undefined;

/**
 * Opens a scratch database like hosted Supabase as far as these texts ask for it, and `beside`, which is not applied: so two
 * databases can have the same at hand. Close the session afterwards.
 */
export async function applySources(sources: readonly Source[], ordered = true, beside = ''): Promise<Applied> {
  const statements = sources.flatMap((source) => source.statements);
  const text = [...sources.map((source) => source.text), beside].join('\n');
  const named = new Set([
    ...statements.flatMap((statement) => extensionOf(statement) ?? []),
    ...[...text.matchAll(/create\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)"?/gi)].map(
      (match) => match[1] ?? '',
    ),
  ]);
  const ownPlatform = statements.some(({ touches }) =>
    touches.some(({ object, does }) => object === 'auth.users' && does === 'make'),
  );
  const wanted = standIns.filter(({ extension, uses }) => named.has(extension) || (!ownPlatform && uses.test(text)));
  const needed = wanted.flatMap(({ needs }) => needs ?? []);
  const session = await openScratch({ extensions: [...named, ...needed], platform: !ownPlatform });
  const run = new Run(session);
  try {
    const parts = ownPlatform ? [] : platformParts.filter(({ uses }) => uses.test(text));
    await session.exec([...(ownPlatform ? [] : [baseSql]), ...parts.map(({ sql }) => sql)].join('\n'));
    for (const standIn of wanted) await run.standIn(standIn);
    if (!named.has('vector') && /\b(?:half|sparse)?vec(?:tor)?\s*\(\s*\d+\s*\)/i.test(text)) await run.missingVector();
    session.takeNotices();
    await run.all(statements, ordered);
    for (const source of sources)
      for (const problem of source.problems)
        run.failures.push({ ...problem, kind: 'syntax', text: problem.text, cause: null });
    return {
      session,
      notices: run.notices,
      failures: run.failures,
      stoodIn: run.stoodIn,
      ownPlatform,
      count: run.count,
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Making a schema or role that the platform or a stand-in has brought already. */
function isThere({ node }: Statement, { sqlState }: DatabaseError): boolean {
  if ('CreateSchemaStmt' in node) return sqlState === '42P06' && isPlatform(node.CreateSchemaStmt.schemaname ?? '');
  return 'CreateRoleStmt' in node && sqlState === '42710';
}

/** What a statement says about an extension other than to create it: its comment, a new schema or version, its end. */
function extensionNamed(node: Statement['node']): string | undefined {
  if ('CommentStmt' in node && node.CommentStmt.objtype === 'OBJECT_EXTENSION')
    return strings([node.CommentStmt.object ?? node])[0];
  if ('AlterExtensionStmt' in node) return node.AlterExtensionStmt.extname;
  if ('AlterObjectSchemaStmt' in node && node.AlterObjectSchemaStmt.objectType === 'OBJECT_EXTENSION')
    return strings([node.AlterObjectSchemaStmt.object ?? node])[0];
  if ('DropStmt' in node && node.DropStmt.removeType === 'OBJECT_EXTENSION') return strings(node.DropStmt.objects)[0];
  return 'CreateExtensionStmt' in node ? node.CreateExtensionStmt.extname : undefined;
}

const largestBatch = 200;

/** Statements of one file that stand together. */
function batchesOf(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const batches: Statement[][] = [];
  for (const statement of statements) {
    const last = batches.at(-1);
    if (last === undefined || last.length === largestBatch || last[0]?.file !== statement.file)
      batches.push([statement]);
    else last.push(statement);
  }
  return batches;
}

class Run {
  readonly notices: (Notice & { readonly file: string; readonly line: number })[] = [];
  readonly failures: Failure[] = [];
  readonly stoodIn: string[] = [];
  readonly unavailable = new Set<string>();
  count = 0;
  readonly #session: Session;
  readonly #byName = new Map<string, StandIn>();

  constructor(session: Session) {
    this.#session = session;
  }

  async standIn(standIn: StandIn): Promise<void> {
    await this.#session.exec(standIn.sql === '' ? 'select' : standIn.sql);
    this.stoodIn.push(standIn.extension);
    this.#byName.set(standIn.extension, standIn);
  }

  /** A rule says that nothing installs it; the rest is to be seen nevertheless. */
  async missingVector(): Promise<void> {
    await this.#session.exec('create extension if not exists vector with schema extensions');
  }

  async all(statements: readonly Statement[], ordered: boolean): Promise<void> {
    let pending = statements;
    for (let before = Number.POSITIVE_INFINITY; pending.length > 0 && pending.length < before; ) {
      before = pending.length;
      this.failures.length = 0;
      const failed: Statement[] = [];
      let file = pending[0]?.file;
      for (const batch of batchesOf(pending)) {
        if (batch[0]?.file !== file) await this.#session.exec(afresh);
        file = batch[0]?.file;
        failed.push(...(await this.many(batch)));
      }
      if (ordered) return;
      pending = failed;
    }
  }

  /** Several at once, which costs a tenth of one after the other; halved until what fails stands alone. Returns those. */
  private async many(statements: readonly Statement[]): Promise<readonly Statement[]> {
    const [only, ...others] = statements;
    if (only === undefined) return [];
    if (others.length === 0) return (await this.one(only)) ? [] : [only];
    const texts = statements.flatMap((statement) => {
      const text = this.prepare(statement);
      return text === null ? [] : [{ statement, text }];
    });
    try {
      await this.#session.exec(texts.map(({ text }) => text.replace(/;?\s*$/, '\n;\n')).join(''));
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      this.#session.takeNotices();
      const half = Math.ceil(statements.length / 2);
      return [...(await this.many(statements.slice(0, half))), ...(await this.many(statements.slice(half)))];
    }
    this.count += texts.length;
    for (const notice of this.#session.takeNotices()) {
      const { file, line } = texts[notice.statement]?.statement ?? only;
      this.notices.push({ ...notice, file, line });
    }
    return [];
  }

  /** Whether it was applied. */
  async one(statement: Statement): Promise<boolean> {
    const text = this.prepare(statement);
    if (text === null) return true;
    try {
      await this.#session.exec(text);
      this.count++;
      this.note(statement);
      return true;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      this.note(statement);
      if (isThere(statement, error)) return true;
      const failure = failureOf(statement, error, this.failures, this.unavailable);
      this.failures.push(failure);
      const extension = extensionOf(statement);
      if (extension !== undefined) this.unavailable.add(extension);
      if (statement.kind === 'CreateFunctionStmt') await this.withoutBody(text);
      return false;
    }
  }

  private note({ file, line }: Statement): void {
    for (const notice of this.#session.takeNotices()) this.notices.push({ ...notice, file, line });
  }

  /** A function whose body names something that is missing is made nevertheless, so that the rest of it is seen. */
  private async withoutBody(text: string): Promise<void> {
    await this.#session.exec('set check_function_bodies = off');
    try {
      await this.#session.exec(text);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
    }
    await this.#session.exec('reset check_function_bodies');
    this.#session.takeNotices();
  }

  /** The statement as this engine can run it, each in its own transaction; null for what says nothing about a schema. */
  private prepare({ node, kind, text }: Statement): string | null {
    if (kind === 'TransactionStmt' || kind === 'CopyStmt' || kind === 'LockStmt') return null;
    if (this.#byName.has(extensionNamed(node) ?? '')) return null;
    if ('AlterSystemStmt' in node || 'AlterDatabaseSetStmt' in node || kind === 'AlterRoleSetStmt') return null;
    if ('VariableSetStmt' in node) return text.replace(/^(\s*set\s+)local\s+/i, '$1');
    if (kind === 'IndexStmt' || kind === 'DropStmt' || kind === 'ReindexStmt' || kind === 'RefreshMatViewStmt')
      return text.replace(/\bconcurrently\b/i, (word) => ' '.repeat(word.length));
    return this.#byName.has('postgis') ? withoutGeometryTypmods(text) : text;
  }
}

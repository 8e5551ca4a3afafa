// One way to the data on three targets: SQL runs in a transaction that first takes a role and the caller's claims.
// Drivers are known only below this file. No statement text ever comes from a user.
import { AppError } from './errors.ts';
import { type AnyStatement, type BoundQuery, decodeRows, type Feature } from './statement.ts';

/** Verified claims of a caller, as policies see them in `request.jwt.claims`. */
export interface Claims {
  readonly sub: string;
  readonly role: 'authenticated';
  readonly email?: string;
  readonly session_id?: string;
}

/** Service roles: each has the grants listed in sql/ and nothing else. */
export type ServiceName = 'answer' | 'ingest' | 'ledger' | 'maintenance' | 'auth' | 'storage' | 'jobs';

export type RowsOf<Q extends readonly BoundQuery[]> = {
  -readonly [I in keyof Q]: Q[I] extends BoundQuery<infer R> ? R[] : never;
};

export interface Transaction {
  /** All rows of one statement. */
  rows<R>(query: BoundQuery<R>): Promise<R[]>;
  /** The first row, or undefined. */
  maybe<R>(query: BoundQuery<R>): Promise<R | undefined>;
  /** The one row; throws `not_found` when there is none. */
  one<R>(query: BoundQuery<R>): Promise<R>;
  /** Several statements in one round trip. */
  batch<const Q extends readonly BoundQuery[]>(queries: Q): Promise<RowsOf<Q>>;
}

export interface QueryOptions {
  /** Milliseconds until the transaction is stopped; 10,000 unless said. */
  readonly deadline?: number;
}

/**
 * Runs SQL under one identity. Given bound queries it is one transaction in one round trip; given a callback it is a
 * transaction that the callback drives. A callback awaits nothing but its transaction: PGlite has one session, and
 * whoever idles in it keeps everybody waiting (it is rolled back after 2 s of idling).
 * Errors: AppError with forbidden (42501), conflict (23505), database_deadline, database_unavailable, …; other
 * database errors pass through as DatabaseError.
 */
export interface RunAs<Who> {
  <R>(who: Who, query: BoundQuery<R>, options?: QueryOptions): Promise<R[]>;
  <const Q extends readonly BoundQuery[]>(who: Who, queries: Q, options?: QueryOptions): Promise<RowsOf<Q>>;
  <T>(who: Who, work: (tx: Transaction) => Promise<T>, options?: QueryOptions): Promise<T>;
}

export interface Installed {
  readonly patterns: ReadonlySet<string>;
  /** Whether pgvector, and with it the vector parts of the patterns, are there. */
  readonly vectors: boolean;
}

export interface Database {
  readonly engine: 'pglite' | 'postgres';
  readonly installed: Installed;
  readonly asUser: RunAs<Claims>;
  readonly asService: RunAs<ServiceName>;
  /** Calls back for each notification until the returned function is called. A lost connection calls back with null. */
  listen(channel: string, onPayload: (payload: string | null) => void): Promise<() => Promise<void>>;
  /** For libraries that bring their own SQL (jobs): runs text as a service role, never with a user's words in it. */
  runText(name: ServiceName, text: string, values: readonly (string | null)[]): Promise<Record<string, unknown>[]>;
  /** Statements run since start, without those that take the role; tests hold pages to a budget with it. */
  statementCount(): number;
  /** Exchanges with the engine since start. */
  roundTripCount(): number;
  close(): Promise<void>;
}

/** Rows of one command as text fields. */
export type Rows = readonly (readonly (string | null)[])[];
export interface Take {
  readonly role: string;
  readonly claims: string;
}
export interface DriverTransaction {
  run(queries: readonly BoundQuery[]): Promise<readonly Rows[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}
/** What an engine must do. Deadlines are in milliseconds and hold for each exchange. */
export interface Driver {
  readonly engine: 'pglite' | 'postgres';
  batch(take: Take, queries: readonly BoundQuery[], deadline: number): Promise<readonly Rows[]>;
  begin(take: Take, deadline: number): Promise<DriverTransaction>;
  listen(channel: string, onPayload: (payload: string | null) => void): Promise<() => Promise<void>>;
  runText(
    take: Take,
    text: string,
    values: readonly (string | null)[],
    deadline: number,
  ): Promise<Record<string, unknown>[]>;
  roundTrips(): number;
  close(): Promise<void>;
}
/** A session that may change the schema; exists while installing only. */
export interface AdminSession {
  exec(text: string): Promise<void>;
  rows(text: string): Promise<Rows>;
}

interface ErrorFields {
  readonly message: string;
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
  readonly position?: string | undefined;
}

/** Why an address is refused behind which LISTEN, prepared statements, locks and settings are somebody else's a moment later. */
export const pooledAddress =
  'The address is that of a pooler that hands out another session for each transaction. Use the address of the database itself, or of the pooler in session mode (on Supabase: port 5432 instead of 6543).';

/** An error that the engine reported, by SQLSTATE. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly sqlState: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly position: string | undefined;
  constructor(fields: object) {
    const known = fields as ErrorFields; // checked: both drivers name these fields alike
    super(known.message, { cause: known.detail });
    this.sqlState = known.code ?? 'XX000';
    this.constraint = known.constraint;
    this.table = known.table;
    this.position = known.position;
  }
}

/** The engine went away under a call: at its deadline, or for everybody who waited behind it. */
export class EngineLost extends Error {
  override readonly name = 'EngineLost';
  readonly reason: 'deadline' | 'lost';
  constructor(reason: 'deadline' | 'lost' = 'lost') {
    super(`the database engine was lost (${reason})`);
    this.reason = reason;
  }
}

/** The one place that maps SQLSTATEs to the vocabulary of errors. */
export function mapDatabaseError(error: unknown): unknown {
  if (error instanceof EngineLost) {
    return new AppError(error.reason === 'deadline' ? 'database_deadline' : 'database_unavailable', {
      retryAfter: 2,
      cause: error,
    });
  }
  if (!(error instanceof DatabaseError)) return error;
  switch (error.sqlState) {
    case '42501':
      return new AppError('forbidden', { cause: error });
    case '23505':
      return new AppError('conflict', { cause: error });
    case '23503':
    case 'P0002':
      return new AppError('not_found', { cause: error });
    case '23514':
    case '22001':
    case '22003':
    case '22007':
    case '22008':
    case '22P02':
    case '22P05':
    case '22021':
      return new AppError('invalid_request', {
        cause: error,
        ...(error.constraint === undefined ? {} : { details: { constraint: error.constraint } }),
      });
    case '57014':
    case '25P03':
      return new AppError('database_deadline', { retryAfter: 2, cause: error });
    case '40001':
    case '40P01':
    case '53300':
    case '57P01':
    case '57P03':
    case '08006':
      return new AppError('database_unavailable', { retryAfter: 1, cause: error });
    default:
      return error;
  }
}

const defaultDeadline = 10_000;
const idleLimit = 2_000;

/** Builds the public face over a driver. */
export function createDatabase(driver: Driver, installed: Installed): Database {
  let statements = 0;
  const missing = (needs: readonly Feature[]): boolean => needs.includes('vectors') && !installed.vectors;
  const check = (queries: readonly BoundQuery[]): void => {
    statements += queries.length;
    for (const { statement } of queries) {
      if (missing(statement.needs)) throw new AppError('feature_unavailable', { details: { extension: 'vector' } });
    }
  };
  const decode = (of: AnyStatement, rows: Rows | undefined): Record<string, unknown>[] => decodeRows(of, rows ?? []);

  async function runBatch(take: Take, queries: readonly BoundQuery[], deadline: number): Promise<unknown[][]> {
    check(queries);
    const results = await driver.batch(take, queries, deadline);
    return queries.map(({ statement }, index) => decode(statement, results[index]));
  }

  async function runWork<T>(take: Take, work: (tx: Transaction) => Promise<T>, deadline: number): Promise<T> {
    const inner = await driver.begin(take, deadline);
    let ended = false;
    let idle: NodeJS.Timeout | undefined;
    let giveUp: (error: Error) => void = () => {};
    const idledOut = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const startIdling = (): void => {
      idle = setTimeout(() => giveUp(new Error('a transaction callback awaited something other than SQL')), idleLimit);
    };
    async function run(queries: readonly BoundQuery[]): Promise<unknown[][]> {
      if (ended) throw new Error('the transaction has ended');
      check(queries);
      clearTimeout(idle);
      try {
        const results = await inner.run(queries);
        return queries.map(({ statement }, index) => decode(statement, results[index]));
      } catch (error) {
        throw mapDatabaseError(error);
      } finally {
        if (!ended) startIdling();
      }
    }
    const rows = async <R>(query: BoundQuery<R>): Promise<R[]> => ((await run([query]))[0] ?? []) as R[]; // checked: decoded by its statement
    const tx: Transaction = {
      rows,
      maybe: async (query) => (await rows(query))[0],
      one: async (query) => {
        const [row] = await rows(query);
        if (row === undefined) throw new AppError('not_found');
        return row;
      },
      batch: async <const Q extends readonly BoundQuery[]>(queries: Q) => (await run(queries)) as RowsOf<Q>, // checked: as above
    };
    startIdling();
    try {
      const result = await Promise.race([work(tx), idledOut]);
      ended = true;
      await inner.commit();
      return result;
    } catch (error) {
      ended = true;
      await inner.rollback().catch(() => {});
      throw error;
    } finally {
      clearTimeout(idle);
    }
  }

  function runner<Who>(toTake: (who: Who) => Take): RunAs<Who> {
    const run = async (who: Who, what: unknown, options: QueryOptions = {}): Promise<unknown> => {
      const take = toTake(who);
      const deadline = options.deadline ?? defaultDeadline;
      try {
        if (typeof what === 'function')
          return await runWork(take, what as (tx: Transaction) => Promise<unknown>, deadline); // checked: typeof
        if (Array.isArray(what)) return await runBatch(take, what as BoundQuery[], deadline); // checked: Array.isArray
        return (await runBatch(take, [what as BoundQuery], deadline))[0]; // checked: the overloads leave nothing else
      } catch (error) {
        throw mapDatabaseError(error);
      }
    };
    return run as RunAs<Who>; // checked: the three branches above are the three overloads
  }

  return {
    engine: driver.engine,
    installed,
    asUser: runner((claims) => ({ role: 'authenticated', claims: JSON.stringify(claims) })),
    asService: runner((name) => ({ role: `loam_${name}`, claims: '' })),
    listen: driver.listen,
    runText: async (name, text, values) => {
      try {
        return await driver.runText({ role: `loam_${name}`, claims: '' }, text, values, 60_000);
      } catch (error) {
        throw mapDatabaseError(error);
      }
    },
    statementCount: () => statements,
    roundTripCount: () => driver.roundTrips(),
    close: driver.close,
  };
}

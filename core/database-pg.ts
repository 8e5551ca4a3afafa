// PostgreSQL 15+ over a pool. A transaction is pipelined: begin, role and claims, statements and commit leave together.
import { Client, type ClientConfig, Pool, type PoolClient, type QueryArrayConfig } from 'pg';
import { ConfigError } from './config.ts';
import {
  type AdminSession,
  DatabaseError,
  type Driver,
  EngineLost,
  pooledAddress,
  type Rows,
  type Take,
} from './database.ts';
import { isPooled } from './database-pooler.ts';
import type { BoundQuery } from './statement.ts';

const asText = { getTypeParser: () => (text: string) => text };
const take = {
  name: 'loam_take',
  text: `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true), set_config('statement_timeout', $3, true)`,
};
const session = `set time zone 'UTC'; set search_path to public, extensions`;

export interface PgOptions {
  readonly url: string;
  /** The role to become when the login is a superuser (a development database); never stays superuser. */
  readonly sessionRole: string;
  readonly poolSize?: number;
}

const clientConfig = (url: string): ClientConfig => ({
  connectionString: url,
  // A connection that only listens is silent for hours: what stands between forgets it without a word.
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  connectionTimeoutMillis: 10_000,
  application_name: 'loam',
});

const arrayQuery = (query: BoundQuery): QueryArrayConfig<(string | null)[]> => ({
  name: query.statement.name,
  text: query.statement.text,
  values: [...query.values],
  rowMode: 'array',
  types: asText as never, // checked: pg calls getTypeParser only
});

function wrap(error: unknown): unknown {
  if (error instanceof DatabaseError || error instanceof EngineLost) return error;
  // What the server said has a severity; EPIPE looks like a SQLSTATE and is none.
  return error instanceof Error && 'severity' in error && error.severity !== undefined
    ? new DatabaseError(error)
    : new EngineLost();
}

/** Opens the pool. Throws a sentence for people when the address, the login or the kind of connection does not serve. */
export async function openPg(options: PgOptions): Promise<Driver> {
  const pool = new Pool({
    ...clientConfig(options.url),
    max: options.poolSize ?? 10,
    idleTimeoutMillis: 30_000,
    ...{ pipeline: true },
  });
  const before = await inspectLogin(options);
  const opening = before.superuser ? `${session}; set session authorization ${options.sessionRole}` : session;
  pool.on('connect', (client) => {
    // A connection that breaks while somebody has it says so twice: to its queries, and here, where nobody else listens.
    client.on('error', () => {});
    client.query(opening).catch(() => void client.end());
  });
  pool.on('error', () => {}); // An idle connection broke; the pool has dropped it already.

  let roundTrips = 0;
  const listeners = new Map<string, Set<(payload: string | null) => void>>();
  let listening: Promise<Client> | null = null;
  let command: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function connect(): Promise<PoolClient> {
    try {
      return await pool.connect();
    } catch (error) {
      throw wrap(error);
    }
  }

  /** Waits for all replies of one flight; the first error wins. A silent server costs the connection. */
  async function flight(client: PoolClient, sent: readonly Promise<unknown>[], deadline: number): Promise<unknown[]> {
    roundTrips += 1;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new EngineLost('deadline'));
        void client.release(true);
      }, deadline + 2_000);
    });
    try {
      const settled = await Promise.race([Promise.allSettled(sent), silence]);
      const failed = settled.find((each) => each.status === 'rejected');
      if (failed !== undefined) throw wrap(failed.reason);
      return settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined));
    } finally {
      clearTimeout(timer);
    }
  }

  const head = (client: PoolClient, who: Take, deadline: number): Promise<unknown>[] => [
    client.query('begin'),
    client.query({ ...take, values: [who.role, who.claims, String(deadline)] }),
  ];
  const rowsOf = (result: unknown): Rows => (result as { rows: Rows }).rows; // checked: rowMode is array
  const isLost = (error: unknown): boolean => error instanceof EngineLost;
  const release = (client: PoolClient, error?: unknown): void => {
    try {
      client.release(isLost(error));
    } catch {
      // Released already: the silence timer destroyed it.
    }
  };

  async function listener(): Promise<Client> {
    const client = new Client(clientConfig(options.url));
    client.on('notification', ({ channel, payload }) => {
      for (const heard of listeners.get(channel) ?? []) heard(payload ?? '');
    });
    let stands = false; // A connection that breaks says "error" and "end"; one that never stood says so to its attempt.
    const lost = (): void => {
      if (!stands) return;
      stands = false;
      listening = null;
      void reconnect();
    };
    client.on('error', lost);
    client.on('end', lost);
    try {
      await client.connect();
      await client.query(opening);
      for (const channel of listeners.keys()) await client.query(`listen ${channel}`);
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
    stands = true;
    return client;
  }

  /** The connection that listens, or the attempt at one that is under way; a failed one is forgotten. */
  async function listeningClient(): Promise<Client> {
    listening ??= listener();
    const attempt = listening;
    try {
      return await attempt;
    } catch (error) {
      if (listening === attempt) listening = null;
      throw wrap(error);
    }
  }

  /** One after the other: this connection is not pipelined. */
  function tell(client: Client, text: string): Promise<unknown> {
    command = command.then(
      () => client.query(text),
      () => client.query(text),
    );
    return command;
  }

  async function reconnect(): Promise<void> {
    for (let wait = 100; !closed; wait = Math.min(wait * 2, 10_000)) {
      try {
        await listeningClient();
        for (const [, heard] of listeners) for (const each of heard) each(null);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, wait).unref());
      }
    }
  }

  return {
    engine: 'postgres',
    roundTrips: () => roundTrips,
    batch: async (who, queries, deadline) => {
      const client = await connect();
      try {
        const sent = [
          ...head(client, who, deadline),
          ...queries.map((query) => client.query(arrayQuery(query))),
          client.query('commit'),
        ];
        const results = await flight(client, sent, deadline);
        release(client);
        return results.slice(2, -1).map(rowsOf);
      } catch (error) {
        release(client, error);
        throw error;
      }
    },
    begin: async (who, deadline) => {
      const client = await connect();
      let isOpen = false;
      let lost: unknown;
      const end = async (command: string): Promise<void> => {
        try {
          if (isOpen && !isLost(lost)) await flight(client, [client.query(command)], deadline);
        } catch (error) {
          lost = error;
          throw error;
        } finally {
          release(client, lost);
        }
      };
      return {
        run: async (queries) => {
          const opened = isOpen ? [] : head(client, who, deadline);
          isOpen = true;
          try {
            const results = await flight(
              client,
              [...opened, ...queries.map((query) => client.query(arrayQuery(query)))],
              deadline,
            );
            return results.slice(opened.length).map(rowsOf);
          } catch (error) {
            lost = error;
            throw error;
          }
        },
        commit: () => end('commit'),
        rollback: () => end('rollback'),
      };
    },
    runText: async (who, text, values, deadline) => {
      const client = await connect();
      let lost: unknown;
      try {
        const sent = [
          client.query(`set role ${who.role}; set statement_timeout to ${deadline}`),
          client.query(text, [...values]),
        ];
        const results = await flight(client, sent, deadline);
        const last = results[1];
        const result = Array.isArray(last) ? last.at(-1) : last;
        return (result as { rows: Record<string, unknown>[] }).rows; // checked: pg's result of a query
      } catch (error) {
        lost = error;
        throw error;
      } finally {
        if (!isLost(lost)) await client.query('rollback; reset role; reset statement_timeout').catch(() => {});
        release(client, lost);
      }
    },
    listen: async (channel, onPayload) => {
      const heard = listeners.get(channel) ?? new Set();
      listeners.set(channel, heard);
      heard.add(onPayload);
      const forget = (): boolean => heard.delete(onPayload) && heard.size === 0 && listeners.delete(channel);
      try {
        const client = await listeningClient();
        await tell(client, `listen ${channel}`);
      } catch (error) {
        forget();
        throw wrap(error);
      }
      return async () => {
        if (forget() && !closed) await listening?.then((client) => tell(client, `unlisten ${channel}`)).catch(() => {});
      };
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await (await listening?.catch(() => null))?.end();
      await pool.end();
    },
  };
}

async function connectOrSay(client: Client, setting: string): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const reason = error instanceof Error ? error.message || ('code' in error ? String(error.code) : '') : '';
    throw new ConfigError(`${setting} does not answer: ${reason}`);
  }
}

/** Refuses logins that would make row-level security a formality, and poolers that lend a session for a transaction. */
async function inspectLogin(options: PgOptions): Promise<{ superuser: boolean }> {
  const client = new Client(clientConfig(options.url));
  await connectOrSay(client, 'DATABASE_URL');
  try {
    if (await isPooled(client, clientConfig(options.url))) throw new ConfigError(`DATABASE_URL: ${pooledAddress}`);
    const { rows } = await client.query(
      'select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user',
    );
    const login = rows[0] as { rolname: string; rolsuper: boolean; rolbypassrls: boolean } | undefined; // checked: the columns selected
    if (login?.rolbypassrls === true && !login.rolsuper)
      throw new ConfigError(
        `DATABASE_URL logs in as ${login.rolname}, which passes row-level security. Log in as authenticator, and put this address in LOAM_ADMIN_DATABASE_URL.`,
      );
    return { superuser: login?.rolsuper === true };
  } finally {
    await client.end();
  }
}

/** One connection that may change the schema; for installing and upgrading only. */
export async function openAdmin(url: string): Promise<AdminSession & { close(): Promise<void> }> {
  const client = new Client(clientConfig(url));
  client.on('error', () => {}); // A lost connection fails the statement under way; nobody else is waiting here.
  await connectOrSay(client, 'The database');
  if (await isPooled(client, clientConfig(url))) {
    await client.end();
    throw new ConfigError(pooledAddress);
  }
  await client.query(session);
  const query = async (text: string): Promise<Rows> => {
    try {
      const result: unknown = await client.query({ text, rowMode: 'array', types: asText as never }); // checked: pg calls getTypeParser only
      const last: unknown = Array.isArray(result) ? result.at(-1) : result;
      return (last as { rows: Rows }).rows; // checked: rowMode is array
    } catch (error) {
      throw wrap(error);
    }
  };
  return { exec: async (text) => void (await query(text)), rows: query, close: () => client.end() };
}

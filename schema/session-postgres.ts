// A session to a PostgreSQL server by its address, with the rights of that login.
import { Client } from 'pg';
import { pooledAddress } from '../core/database.ts';
import { isPooled } from '../core/database-pooler.ts';
import { copyIntoPostgres } from './copy-postgres.ts';
import { asDatabaseError, type Notice, type Session, ToolError, wireText } from './session.ts';

const asText = { getTypeParser: () => (text: string) => text };

/** Host, port and database of an address, without user and password. */
const placeOf = (url: string): string => {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'the address';
  }
};

export async function openServerSession(url: string): Promise<Session> {
  const config = { connectionString: url, connectionTimeoutMillis: 10_000, application_name: 'loam schema' };
  let client: Client;
  try {
    client = new Client(config);
    client.on('error', () => {}); // A lost connection fails the statement under way.
    await client.connect();
  } catch (error) {
    const reason =
      error instanceof Error ? error.message || ('code' in error ? String(error.code) : '') : String(error);
    throw new ToolError(`The database at ${placeOf(url)} does not answer: ${reason}`, { cause: error });
  }
  if (await isPooled(client, config)) {
    await client.end();
    throw new ToolError(pooledAddress);
  }
  let notices: Notice[] = [];
  client.on('notice', ({ severity, code, message }) =>
    notices.push({ severity: severity ?? 'NOTICE', code: code ?? '00000', message: message ?? '', statement: 0 }),
  );
  const query = async (text: string, values?: (string | null)[]): Promise<readonly (readonly (string | null)[])[]> => {
    try {
      const result: unknown = await client.query({
        text,
        rowMode: 'array',
        types: asText as never, // checked: pg calls getTypeParser only
        ...(values === undefined ? {} : { values }),
      });
      const last: unknown = Array.isArray(result) ? result.at(-1) : result;
      return (last as { rows: (string | null)[][] }).rows; // checked: rowMode is array, and all is text
    } catch (error) {
      throw asDatabaseError(error);
    }
  };
  await query(`set time zone 'UTC'; set search_path to "$user", public, extensions`);
  return {
    engine: 'postgres',
    exec: async (text) => void (await query(text)),
    rows: async (text, values = []) => await query(text, values.length === 0 ? undefined : values.map(wireText)),
    copyFrom: async (statement, pieces) => {
      try {
        await copyIntoPostgres(client, statement, pieces);
      } catch (error) {
        throw asDatabaseError(error);
      }
    },
    takeNotices: () => {
      const taken = notices;
      notices = [];
      return taken;
    },
    close: () => client.end(),
  };
}

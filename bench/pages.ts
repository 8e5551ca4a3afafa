// What a page costs: requests, statements and exchanges with the engine. The requests are those that tests/e2e counts in a
// real browser; here they run one after the other on a database of their own.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../core/config.ts';
import { openInstalled } from '../schema/open.ts';
import { openHouse } from '../server/rooms.ts';
import { preparedDump } from '../server/testing/database.ts';
import { silentLog } from '../server/testing/requests.ts';

const folder = mkdtempSync(join(tmpdir(), 'loam-bench-'));
const closers: (() => Promise<unknown>)[] = [];
const { db } = await openInstalled({ kind: 'pglite', dataDir: null, from: await preparedDump() }, { version: 'bench' });
try {
  const config = readConfig({ LOAM_DATA_DIR: folder, OLLAMA_BASE_URL: 'http://127.0.0.1:9' });
  const { app } = await openHouse(config, db, silentLog, (closer) => closers.push(closer));
  const send = async (
    method: string,
    path: string,
    token: string | null,
    body?: unknown,
  ): Promise<Record<string, string>> => {
    const headers = {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      host: '127.0.0.1',
      accept: 'application/json',
      'content-type': 'application/json',
    };
    const response = await app.request(
      `http://127.0.0.1${path}`,
      { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) },
      { incoming: { socket: { remoteAddress: '127.0.0.1' }, headers: {} } },
    );
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    if (path.endsWith('/events')) {
      await response.body?.cancel();
      return {};
    }
    return (await response.json()) as Record<string, string>; // checked: our own API answers objects
  };
  const account = await send('POST', '/auth/v1/signup', null, {
    email: 'bench@example.com',
    password: 'correct horse battery',
  });
  const token = account['access_token'] ?? '';
  const conversation = await send('POST', '/api/v1/conversations', token, { document_chat: false });
  for (let n = 0; n < 10; n++)
    await send('POST', `/api/v1/conversations/${conversation['id']}/messages`, token, { content: `Question ${n}?` });

  async function measure(
    name: string,
    requests: readonly (readonly [string, string, unknown?])[],
    most: { requests: number; statements: number } | null,
  ): Promise<void> {
    const [statements, trips] = [db.statementCount(), db.roundTripCount()];
    for (const [method, path, body] of requests) await send(method, path, token, body);
    const used = { statements: db.statementCount() - statements, trips: db.roundTripCount() - trips };
    const limit =
      most === null
        ? ''
        : ` (targets ≤ ${most.requests} and ≤ ${most.statements}: ${requests.length <= most.requests && used.statements <= most.statements ? 'reached' : 'NOT reached'})`;
    console.log(
      `${name}: ${requests.length} requests, ${used.statements} statements${limit}, ${used.trips} exchanges with the engine`,
    );
  }
  const id = conversation['id'];
  await measure(
    'opening a chat',
    [
      ['GET', '/api/v1/me'],
      ['GET', '/api/v1/conversations?limit=50'],
      ['GET', `/api/v1/conversations/${id}`],
      ['GET', `/api/v1/conversations/${id}/messages?limit=50`],
      ['GET', '/api/v1/events'],
    ],
    { requests: 5, statements: 8 },
  );
  await measure(
    'listing documents',
    [
      ['GET', '/api/v1/documents?limit=50'],
      ['GET', '/api/v1/documents/summary'],
      ['GET', '/api/v1/collections'],
    ],
    null,
  );
  await measure('searching', [['GET', '/api/v1/search?q=warranty']], null);
} finally {
  for (const closer of closers.reverse()) await closer();
  await db.close();
  rmSync(folder, { recursive: true, force: true });
}

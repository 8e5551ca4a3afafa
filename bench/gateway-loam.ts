// The whole server for the gateway benchmark, with a person and a key: `node bench/gateway-loam.ts <embedded|native>
// <address of the provider>`, as a child process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../core/config.ts';
import { createLog } from '../core/log.ts';
import { startServer } from '../server/main.ts';
import { nativeTemplate } from '../server/testing/native.ts';

const [target, provider = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'loam-bench-gateway-'));
const native = target === 'native' ? await nativeTemplate(18) : null;
const config = readConfig({
  PORT: '0',
  LOAM_DATA_DIR: folder,
  LOAM_LOG_LEVEL: 'info',
  OPENAI_API_KEY: 'sk-bench',
  OPENAI_BASE_URL: provider,
  // Nothing listens there: what a machine without Ollama has.
  OLLAMA_BASE_URL: 'http://127.0.0.1:9',
  ...(native === null ? {} : { DATABASE_URL: native.url, LOAM_ADMIN_DATABASE_URL: native.adminUrl }),
});
const server = await startServer(config, createLog('warn'));

async function post(path: string, body: unknown, token?: string): Promise<Record<string, unknown>> {
  const response = await fetch(server.address + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>; // checked: these routes answer objects
}
const session = await post('/auth/v1/signup', { email: 'bench@example.com', password: 'correct horse battery' });
const { key } = await post('/api/v1/api-keys', { name: 'bench' }, String(session['access_token']));

process.send?.({ port: server.port, key: String(key) });
process.once('message', () => {
  void (async () => {
    await server.close();
    await native?.drop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  })();
});

// The whole server on a loopback port with an embedded database of its own, as a client from outside meets it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../core/config.ts';
import type { Log } from '../../core/log.ts';
import type { Target } from '../../schema/open.ts';
import { startServer } from '../main.ts';
import { preparedDump } from './database.ts';
import { silentLog } from './requests.ts';

export interface TestServer {
  readonly url: string;
  /** A new account's access token. The first account of a server is its administrator. */
  signUp(email: string): Promise<string>;
  close(): Promise<void>;
}

/** `env` are settings as the environment would give them. */
export async function startTestServer(
  env: Record<string, string> = {},
  options: { log?: Log; target?: Target } = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'loam-server-'));
  const config = readConfig({ PORT: '0', LOAM_DATA_DIR: folder, OLLAMA_BASE_URL: 'http://127.0.0.1:9', ...env });
  const target: Target = options.target ?? { kind: 'pglite', dataDir: null, from: await preparedDump() };
  const server = await startServer(config, options.log ?? silentLog, target);
  return {
    url: server.address,
    signUp: async (email) => {
      const response = await fetch(`${server.address}/auth/v1/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: 'correct horse battery staple' }),
      });
      const body = (await response.json()) as { access_token?: string }; // checked: below
      if (body.access_token === undefined) throw new Error(`sign-up: ${JSON.stringify(body)}`);
      return body.access_token;
    },
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

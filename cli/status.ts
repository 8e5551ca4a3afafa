// `loam status`: whether a server runs here, and where. Exit code 1 when none does.
import { readConfig } from '../core/config.ts';
import { findServer } from './locked.ts';

export async function status(say: (line: string) => void): Promise<number> {
  const config = readConfig();
  if (config.DATABASE_URL === undefined) {
    const server = await findServer(config);
    say(
      server === null
        ? `No Loam runs on ${config.dataDir}.`
        : `Loam ${server.version} is ${server.state}${server.address === '' ? '' : ` at ${server.address}`} (process ${server.pid}).`,
    );
    return server === null ? 1 : 0;
  }
  // Many may serve one PostgreSQL, so that there is no lock to ask: whoever listens where the settings say is asked.
  const address = `http://${config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST}:${config.PORT}`;
  const ready = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  say(
    ready === null
      ? `Nobody answers at ${address}.`
      : `Loam ${ready.ok ? 'is ready' : 'runs but is not ready'} at ${address}.`,
  );
  return ready?.ok === true ? 0 : 1;
}

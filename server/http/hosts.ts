// Which names this server answers to. A page of another site can point its own name at 127.0.0.1 and would then be on our
// origin; so a server that listens on this machine only answers to this machine's names.
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import type { Config } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import type { RoomEnv } from './room.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);
export const isLoopback = (host: string): boolean =>
  loopbackNames.has(host.toLowerCase()) || (isIP(host) === 4 && host.startsWith('127.'));

/** The name in a Host header or an address, without its port; empty when it is none. */
export function nameOf(address: string): string {
  try {
    return new URL(address).hostname;
  } catch {
    return '';
  }
}

/** Whether a request with this Host header may be answered. Behind proxies the operator's own names count, which we do not know. */
export type Serves = (host: string | undefined) => boolean;

export function servedHosts({ HOST, LOAM_TRUSTED_PROXIES }: Pick<Config, 'HOST' | 'LOAM_TRUSTED_PROXIES'>): Serves {
  if (!isLoopback(HOST) || LOAM_TRUSTED_PROXIES > 0) return () => true;
  return (host) => {
    // Programs may leave it out; browsers never do.
    if (host === undefined) return true;
    const name = nameOf(`http://${host}`);
    return isLoopback(name) || name.endsWith('.localhost');
  };
}

export function hosts(serves: Serves): MiddlewareHandler<RoomEnv> {
  return async (c, next) => {
    if (!serves(c.req.header('host'))) throw new AppError('host_unknown');
    await next();
  };
}

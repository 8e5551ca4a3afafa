// Who is at the other end of a request: address and user agent. Forwarded addresses count only as far as the operator
// says that his own proxies write them.
import { isIP } from 'node:net';
import { isLoopback, nameOf } from '../http/hosts.ts';
import type { RoomContext } from '../http/room.ts';

export interface Client {
  /** null when the connection has none (requests that never were on a wire). */
  readonly ip: string | null;
  readonly userAgent: string | null;
}

const plain = (ip: string): string => (ip.startsWith('::ffff:') && isIP(ip.slice(7)) === 4 ? ip.slice(7) : ip);

/** `proxies` proxies stand before us, each appending the address it saw: ours is the last but `proxies - 1`. */
export function clientAddress(
  remote: string | undefined,
  forwarded: string | undefined,
  proxies: number,
): string | null {
  const seen = (forwarded ?? '').split(',').map((part) => part.trim());
  const claimed = proxies === 0 ? undefined : seen.at(-proxies);
  const address = claimed !== undefined && isIP(claimed) !== 0 ? claimed : remote;
  return address === undefined || isIP(address) === 0 ? null : plain(address);
}

/** What limits count by: an IPv4 address, or the /64 that one IPv6 subscriber has. */
export function addressBlock(ip: string): string {
  if (isIP(ip) !== 6) return ip;
  const [head = '', tail = ''] = ip.split('%')[0]?.split('::') ?? [];
  const left = head.split(':').filter((part) => part !== '');
  const right = tail.split(':').filter((part) => part !== '');
  const whole = ip.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left;
  return `${whole
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`;
}

export function readClient(c: RoomContext, proxies: number): Client {
  // Without a server under it (a request handed to the app in a test) there are no bindings.
  const bindings: Partial<RoomContext['env']> | undefined = c.env;
  const remote = bindings?.incoming?.socket.remoteAddress;
  return {
    ip: clientAddress(remote, c.req.header('x-forwarded-for'), proxies),
    userAgent: c.req.header('user-agent')?.slice(0, 500) ?? null,
  };
}

/** Whether a proxy handed the request on: then its peer on loopback is the proxy, and who asks may be anybody. */
export const wasForwarded = (c: RoomContext): boolean =>
  ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'].some(
    (name) => c.req.header(name) !== undefined,
  );

/**
 * Whether a request comes from this machine's own pages or programs: a browser sends Origin, and a page of another site,
 * or one that pointed its own name at 127.0.0.1, must not make the first account.
 */
export function isLocalRequest(host: string | undefined, origin: string | undefined): boolean {
  if (host === undefined || !isLoopback(nameOf(`http://${host}`))) return false;
  return origin === undefined || isLoopback(nameOf(origin));
}

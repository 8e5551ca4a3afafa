// API keys: `loam_` and 32 random bytes, kept as a hash. A key acts for its owner within its scopes, and every process
// forgets it the moment it is revoked.
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import type { apiKeyBody } from '../../contract/auth.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { hashToken } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { Who } from '../http/room.ts';
import { type ApiKey, findApiKey, insertApiKey, lockApiKeys, revokeApiKey, touchApiKey } from './api-key-queries.ts';
import type { Client } from './client.ts';
import { insertAudit } from './queries.ts';
import { openWatchedCache } from './watched-cache.ts';

export const maxKeys = 50;
const keyPattern = /^loam_[A-Za-z0-9_-]{43}$/;
const touchEveryMs = 600_000;
const cacheCapacity = 20_000;

interface KnownKey {
  readonly who: Who;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  touchedAt: number;
}

export interface ApiKeys {
  verify(key: string): Promise<Who>;
  create(claims: Claims, input: z.infer<typeof apiKeyBody>, client: Client): Promise<ApiKey & { key: string }>;
  revoke(claims: Claims, id: string, client: Client): Promise<void>;
  close(): Promise<void>;
}

export async function openApiKeys(deps: { db: Database; log: Log; now?: () => number }): Promise<ApiKeys> {
  const { db, log, now = Date.now } = deps;

  async function load(hash: string): Promise<KnownKey | null> {
    const [row] = await db.asService('auth', findApiKey({ key_hash: hash }));
    if (row === undefined) return null;
    const claims: Claims = {
      sub: row.user_id,
      role: 'authenticated',
      ...(row.email === null ? {} : { email: row.email }),
    };
    return {
      who: { claims, via: 'api_key', keyId: row.id, scopes: row.scopes },
      expiresAt: row.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(row.expires_at),
      touchedAt: 0,
    };
  }
  const cache = await openWatchedCache({ db, channel: 'loam_api_keys', load, capacity: cacheCapacity, now });

  /** Nobody waits for it. */
  function touch(known: KnownKey): void {
    if (known.who.keyId === null || now() - known.touchedAt < touchEveryMs) return;
    known.touchedAt = now();
    db.asService('auth', touchApiKey({ id: known.who.keyId })).catch((error: unknown) =>
      log.warn({ err: error }, 'last use of an API key was not noted'),
    );
  }
  const audit = (claims: Claims, action: string, id: string, client: Client) =>
    db.asService(
      'auth',
      insertAudit({
        user_id: claims.sub,
        action,
        resource_type: 'api_key',
        resource_id: id,
        ip: client.ip,
        user_agent: client.userAgent,
      }),
    );

  return {
    async verify(key) {
      if (!keyPattern.test(key)) throw new AppError('api_key_invalid');
      const known = await cache.get(hashToken(key));
      if (known === null || known.expiresAt <= now()) throw new AppError('api_key_invalid');
      touch(known);
      return known.who;
    },
    async create(claims, input, client) {
      const expiresAt = input.expires_at ?? null;
      if (expiresAt !== null && Date.parse(expiresAt) <= now()) {
        throw new AppError('invalid_request', { details: [{ field: 'expires_at', problem: 'must be in the future' }] });
      }
      const key = `loam_${randomBytes(32).toString('base64url')}`;
      const [, [row]] = await db.asUser(claims, [
        lockApiKeys({ user_id: claims.sub }),
        insertApiKey({
          user_id: claims.sub,
          name: input.name,
          key_hash: hashToken(key),
          key_prefix: key.slice(0, 12),
          scopes: [...new Set(input.scopes)],
          expires_at: expiresAt,
          most: maxKeys,
        }),
      ]);
      if (row === undefined) throw new AppError('api_key_limit', { details: { most: maxKeys } });
      await audit(claims, 'api_key_created', row.id, client);
      return { ...row, key };
    },
    async revoke(claims, id, client) {
      const [row] = await db.asUser(claims, revokeApiKey({ id }));
      if (row === undefined) throw new AppError('not_found');
      cache.forgetIf((known) => known?.who.keyId === id);
      await audit(claims, 'api_key_revoked', id, client);
    },
    close: () => cache.close(),
  };
}

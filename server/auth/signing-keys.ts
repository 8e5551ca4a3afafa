// ES256 keys of access tokens. The private halves lie sealed in the database, so that all replicas share them; the
// public halves are the JWKS. A retired key goes on verifying until its last token has expired.
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { seal, unseal } from './sealing.ts';
import type { Secret } from './secret.ts';
import { insertSigningKey, listSigningKeys, notifySigningKeys, retireSigningKey } from './signing-key-queries.ts';

/** A public key as the JWKS shows it. */
export interface PublishedKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
  readonly key_ops: string[];
}

export interface SigningKeys {
  /** The key that signs now. */
  current(): { readonly kid: string; readonly key: CryptoKey };
  /** The public key of `kid`; an unknown one makes the database be asked again, at most every few seconds. */
  find(kid: string): Promise<CryptoKey | null>;
  has(kid: string): boolean;
  published(): PublishedKey[];
  /** Makes a new current key; tokens of the old one stay good. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

const publicJwk = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() });
const privateJwk = publicJwk.extend({ d: z.string() });
const reloadEveryMs = 5_000;

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'ES256');
  if (key instanceof Uint8Array) throw new Error('not an EC key');
  return key;
}

async function makeKey(sealingKey: Buffer) {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const open = publicJwk.parse(await exportJWK(pair.publicKey));
  const kid = await calculateJwkThumbprint(open);
  const sealed = seal(sealingKey, JSON.stringify(privateJwk.parse(await exportJWK(pair.privateKey))), kid);
  return { kid, public_jwk: open, private_sealed: sealed };
}

export async function openSigningKeys(deps: {
  db: Database;
  secret: Secret;
  now?: () => number;
}): Promise<SigningKeys> {
  const { db, now = Date.now } = deps;
  const sealingKey = deps.secret.derive('signing keys');
  let current: { kid: string; key: CryptoKey } | undefined;
  let verifying = new Map<string, { key: CryptoKey; jwk: PublishedKey }>();
  let loadedAt = 0;
  let loading: Promise<void> | undefined;

  async function load(): Promise<void> {
    const rows = await db.asService('auth', listSigningKeys());
    const next = new Map<string, { key: CryptoKey; jwk: PublishedKey }>();
    for (const row of rows) {
      const jwk: PublishedKey = {
        ...publicJwk.parse(row.public_jwk),
        kid: row.kid,
        alg: 'ES256',
        use: 'sig',
        key_ops: ['verify'],
      };
      next.set(row.kid, { key: verifying.get(row.kid)?.key ?? (await importKey(jwk)), jwk });
      if (row.status !== 'current' || current?.kid === row.kid) continue;
      const text = unseal(sealingKey, row.private_sealed, row.kid);
      if (text === null) throw new AppError('auth_secret_changed');
      current = { kid: row.kid, key: await importKey(privateJwk.parse(JSON.parse(text))) };
    }
    verifying = next;
    loadedAt = now();
  }
  function reload(): Promise<void> {
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  await reload();
  if (current === undefined) {
    // Of several processes starting at once one wins: there is a unique index on the current key.
    await db.asService('auth', insertSigningKey(await makeKey(sealingKey)));
    await reload();
  }
  const stop = await db.listen('loam_signing_keys', () => {
    reload().catch(() => {
      loadedAt = 0;
    });
  });

  return {
    current() {
      if (current === undefined)
        throw new AppError('internal', { cause: new Error('there is no current signing key') });
      return current;
    },
    async find(kid) {
      if (!verifying.has(kid) && now() - loadedAt > reloadEveryMs) await reload();
      return verifying.get(kid)?.key ?? null;
    },
    has: (kid) => verifying.has(kid),
    published: () => [...verifying.values()].map(({ jwk }) => jwk),
    async rotate() {
      const made = await makeKey(sealingKey);
      await db.asService('auth', [retireSigningKey(), insertSigningKey(made), notifySigningKeys()]);
      await reload();
    },
    close: stop,
  };
}

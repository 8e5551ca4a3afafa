// From an Authorization header to a verified caller. What a token or key is worth is decided by the accounts room, whose
// functions come in as arguments.
import type { MiddlewareHandler } from 'hono';
import type { ApiKeyScope } from '../../contract/auth.ts';
import type { Claims } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { RoomEnv, Who } from './room.ts';

/** null without a header. Throws token_expired, invalid_token, session_revoked, api_key_invalid. */
export type Authenticate = (authorization: string | undefined) => Promise<Who | null>;

interface AuthenticatorDeps {
  /** A verified access token whose session is alive. */
  verifyToken(token: string): Promise<Claims>;
  verifyApiKey(key: string): Promise<Who>;
}

export function createAuthenticator({ verifyToken, verifyApiKey }: AuthenticatorDeps): Authenticate {
  return async (authorization) => {
    if (authorization === undefined || authorization === '') return null;
    const token = /^bearer +([^\s]+)$/i.exec(authorization)?.[1];
    if (token === undefined)
      throw new AppError('invalid_token', { hint: 'Send "Authorization: Bearer <access token or API key>".' });
    if (token.startsWith('loam_')) return verifyApiKey(token);
    return { claims: await verifyToken(token), via: 'session', keyId: null, scopes: [] };
  };
}

/** The scope that a key needs for an address by its first noun; null where any key will do. */
const scopeOfNoun: Readonly<Record<string, ApiKeyScope | null>> = {
  conversations: 'chat',
  messages: 'chat',
  feedback: 'chat',
  events: 'chat',
  documents: 'documents',
  collections: 'documents',
  storage: 'documents',
  files: 'documents',
  search: 'search',
  prompts: 'prompts',
  templates: 'prompts',
  images: 'images',
  usage: 'usage',
  models: 'models',
  providers: 'models',
  me: 'profile',
  setup: null,
  'openapi.json': null,
};

/** Throws `scope_missing` unless a key with scopes covers `scope`. Sessions and keys without scopes may do all. */
export function requireScope(who: Who, scope: ApiKeyScope | undefined): void {
  if (who.via === 'session' || who.scopes.length === 0) return;
  if (scope === undefined || !who.scopes.includes(scope))
    throw new AppError('scope_missing', { details: { scope: scope ?? null } });
}

/** By the address's first noun; an address that stands nowhere needs a key without scopes. */
export function requireScopeFor(who: Who, path: string): void {
  const noun = /^\/api\/v1\/([^/]+)/.exec(path)?.[1] ?? '';
  const scope = path.startsWith('/v1/') ? 'gateway' : scopeOfNoun[noun];
  if (scope !== null) requireScope(who, scope);
}

/** Sets `who` for the rooms. /auth/v1 reads its own header: before sign-in clients send it a key that is no token. */
export function authentication(authenticate: Authenticate): MiddlewareHandler<RoomEnv> {
  return async (c, next) => {
    const who = c.req.path.startsWith('/auth/v1/') ? null : await authenticate(c.req.header('authorization'));
    if (who !== null) requireScopeFor(who, c.req.path);
    c.set('who', who);
    await next();
  };
}

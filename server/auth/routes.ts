// Mounted at /auth/v1: the part of Supabase Auth's wire protocol that @supabase/supabase-js needs for e-mail and password.
// Not mounted where the database is Supabase's, which has the original.
import { createRoute, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import {
  authError,
  authSession,
  authUser,
  jwks,
  logoutScope,
  passwordGrant,
  recoverBody,
  refreshGrant,
  signUpBody,
  updateUserBody,
} from '../../contract/auth.ts';
import type { Config } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import type { Authenticate } from '../http/authenticate.ts';
import { toAppError } from '../http/errors.ts';
import { isLoopback } from '../http/hosts.ts';
import { createRoom, invalidRequest, jsonOf, type Room, type RoomContext, type Who } from '../http/room.ts';
import { changeAccount, readAccount } from './accounts.ts';
import { isLocalRequest, readClient, wasForwarded } from './client.ts';
import type { AccountServices } from './services.ts';
import { continueSession, recover, signIn, signOut } from './sign-in.ts';
import { signUp } from './sign-up.ts';
import { answerAuthError, toAuthUser } from './wire.ts';

interface AuthRoutesDeps {
  readonly own: AccountServices;
  readonly authenticate: Authenticate;
  readonly config: Pick<Config, 'HOST' | 'LOAM_SIGNUP' | 'LOAM_TRUSTED_PROXIES'>;
}

const maxBody = 16_384;
const failure = { default: jsonOf(authError.openapi('AuthError'), 'An error, in Supabase Auth’s shape.') };
const session = jsonOf(authSession.openapi('AuthSession'), 'A session.');
const user = jsonOf(authUser.openapi('AuthUser'), 'The account.');
const tags = ['auth'];
/** Before sign-in there is no token to send. */
const security: [] = [];
const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { content: { 'application/json': { schema } }, required: true },
});

const signUpRoute = createRoute({
  method: 'post',
  path: '/signup',
  tags,
  security,
  request: jsonBody(signUpBody),
  responses: { 200: session, ...failure },
});
const tokenRoute = createRoute({
  method: 'post',
  path: '/token',
  tags,
  security,
  request: { query: z.object({ grant_type: z.string().max(50) }), ...jsonBody(z.union([passwordGrant, refreshGrant])) },
  responses: { 200: session, ...failure },
});
const readUserRoute = createRoute({ method: 'get', path: '/user', tags, responses: { 200: user, ...failure } });
const changeUserRoute = createRoute({
  method: 'put',
  path: '/user',
  tags,
  request: jsonBody(updateUserBody),
  responses: { 200: user, ...failure },
});
const logoutRoute = createRoute({
  method: 'post',
  path: '/logout',
  tags,
  request: { query: z.object({ scope: logoutScope.default('global') }) },
  responses: { 204: { description: 'Signed out.' }, ...failure },
});
const recoverRoute = createRoute({
  method: 'post',
  path: '/recover',
  tags,
  security,
  request: jsonBody(recoverBody),
  responses: { 200: jsonOf(z.object({}), 'A mail is on its way if the address has an account.'), ...failure },
});
const settingsRoute = createRoute({
  method: 'get',
  path: '/settings',
  tags,
  security,
  responses: { 200: jsonOf(z.looseObject({ disable_signup: z.boolean() }), 'What is offered.'), ...failure },
});
const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  tags,
  security,
  responses: {
    200: jsonOf(z.object({ name: z.string(), version: z.string(), description: z.string() }), 'Alive.'),
    ...failure,
  },
});
const jwksRoute = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  tags,
  security,
  responses: { 200: jsonOf(jwks, 'The public keys of access tokens.'), ...failure },
});

/** `setup_code` travels in `data`, which every client can send; it is not something to keep. */
function takeSetupCode(data: Record<string, unknown>): { code: string | null; rest: Record<string, unknown> } {
  const { setup_code: code, ...rest } = data;
  return { code: typeof code === 'string' ? code.trim() : null, rest };
}

/** The session of GET /user, PUT /user and logout. The anon key that clients send before sign-in is no session. */
async function requireSession(c: RoomContext, authenticate: Authenticate): Promise<Who> {
  const who = await authenticate(c.req.header('authorization'));
  if (who === null || who.via !== 'session') throw new AppError('not_signed_in');
  return who;
}

export function authRoutes({ own, authenticate, config }: AuthRoutesDeps): Room {
  const room = createRoom();
  const clientOf = (c: RoomContext) => readClient(c, config.LOAM_TRUSTED_PROXIES);

  room.use(
    '*',
    cors({
      origin: '*',
      allowMethods: ['GET', 'POST', 'PUT', 'OPTIONS'],
      allowHeaders: [
        'authorization',
        'apikey',
        'content-type',
        'x-client-info',
        'x-supabase-api-version',
        'x-request-id',
      ],
      exposeHeaders: ['x-supabase-api-version', 'x-request-id', 'retry-after'],
      maxAge: 86_400,
    }),
  );
  room.use('*', async (c, next) => {
    await next();
    c.res.headers.set('cache-control', c.req.path.endsWith('jwks.json') ? 'public, max-age=600' : 'no-store');
  });
  room.use(
    '*',
    bodyLimit({
      maxSize: maxBody,
      onError: () => {
        throw new AppError('body_too_large');
      },
    }),
  );

  room.openapi(signUpRoute, async (c) => {
    const { email, password, phone, data } = c.req.valid('json');
    if (typeof phone === 'string' && phone !== '') throw new AppError('auth_phone_disabled');
    if (typeof email !== 'string') throw new AppError('auth_anonymous_disabled');
    const { code, rest } = takeSetupCode(data ?? {});
    const isTrusted =
      isLoopback(config.HOST) && !wasForwarded(c) && isLocalRequest(c.req.header('host'), c.req.header('origin'));
    const made = await signUp(
      own,
      { email, password: password ?? '', data: rest, setupCode: code, isTrusted },
      clientOf(c),
    );
    return c.json(made, 200);
  });
  room.openapi(tokenRoute, async (c) => {
    const grant = c.req.valid('query').grant_type;
    const body = c.req.valid('json');
    if (grant === 'refresh_token') {
      const parsed = refreshGrant.safeParse(body);
      if (!parsed.success) throw invalidRequest(parsed.error);
      return c.json(await continueSession(own, parsed.data.refresh_token, clientOf(c)), 200);
    }
    if (grant !== 'password') throw new AppError('auth_grant_unsupported');
    const parsed = passwordGrant.safeParse(body);
    if (!parsed.success) throw invalidRequest(parsed.error);
    if (typeof parsed.data.email !== 'string') throw new AppError('auth_phone_disabled');
    return c.json(await signIn(own, parsed.data.email, parsed.data.password, clientOf(c)), 200);
  });
  room.openapi(readUserRoute, async (c) => {
    const { claims } = await requireSession(c, authenticate);
    return c.json(toAuthUser(await readAccount(own, claims)), 200);
  });
  room.openapi(changeUserRoute, async (c) => {
    const { claims } = await requireSession(c, authenticate);
    const { email, password, data, phone } = c.req.valid('json');
    if (typeof phone === 'string' && phone !== '') throw new AppError('auth_phone_disabled');
    const account = await changeAccount(
      own,
      claims,
      { email: email ?? null, password: password ?? null, data: data ?? null },
      clientOf(c),
    );
    return c.json(toAuthUser(account), 200);
  });
  room.openapi(logoutRoute, async (c) => {
    const { claims } = await requireSession(c, authenticate);
    await signOut(own, claims, c.req.valid('query').scope, clientOf(c));
    return c.body(null, 204);
  });
  room.openapi(recoverRoute, async (c) => recover(own, c.req.valid('json').email, clientOf(c)));
  room.openapi(settingsRoute, (c) =>
    c.json(
      {
        external: { email: true, phone: false, anonymous_users: false },
        disable_signup: config.LOAM_SIGNUP === 'closed',
        mailer_autoconfirm: true,
        phone_autoconfirm: false,
        sms_provider: '',
        saml_enabled: false,
        passkeys_enabled: false,
      },
      200,
    ),
  );
  room.openapi(healthRoute, (c) =>
    c.json(
      { name: 'Loam Auth', version: 'v1', description: 'Accounts of Loam, in the wire protocol of Supabase Auth' },
      200,
    ),
  );
  room.openapi(jwksRoute, (c) => c.json({ keys: own.keys.published() }, 200));

  room.onError((error, c) => answerAuthError(c, toAppError(error, c.get('log'))));
  return room;
}

// Signing in, up and out with Supabase Auth's client, against our own accounts or a hosted project. Loaded when needed.

import { type AuthError, GoTrueClient } from '@supabase/auth-js';
import { strings } from '../strings.ts';
import { Problem } from './problem.ts';
import { endSession, sessionKey } from './session.ts';
import { readSetup } from './setup.ts';

let client: Promise<GoTrueClient> | null = null;

async function openClient(): Promise<GoTrueClient> {
  const setup = await readSetup();
  return new GoTrueClient({
    // Relative to this server's own address, or another's.
    url: new URL(setup.auth_url, location.origin).href,
    headers: { apikey: setup.auth_key },
    storageKey: sessionKey,
    persistSession: true,
    // Refreshed by accessToken() when a request needs it, so an idle page asks for nothing.
    autoRefreshToken: false,
    detectSessionInUrl: false,
  });
}

function authClient(): Promise<GoTrueClient> {
  client ??= openClient().catch((error: unknown) => {
    client = null;
    throw error;
  });
  return client;
}

function problemOf(error: AuthError): Problem {
  const code = error.code ?? 'sign_in_failed';
  const known = strings.signIn.problems[code];
  if (error.status === 0 || error.name === 'AuthRetryableFetchError') {
    return new Problem(0, 'unreachable', strings.problems.unreachable, strings.problems.unreachableHint);
  }
  return new Problem(error.status ?? 400, code, known ?? error.message);
}

export async function signIn(email: string, password: string): Promise<void> {
  const { error } = await (await authClient()).signInWithPassword({ email, password });
  if (error) throw problemOf(error);
}

export type NewAccount = { email: string; password: string; displayName: string; setupCode: string | null };

export async function signUp(account: NewAccount): Promise<void> {
  const data = { display_name: account.displayName, ...(account.setupCode ? { setup_code: account.setupCode } : {}) };
  const auth = await authClient();
  const { data: made, error } = await auth.signUp({
    email: account.email,
    password: account.password,
    options: { data },
  });
  if (error) throw problemOf(error);
  if (!made.session) throw new Problem(202, 'confirm_address', strings.signIn.confirm);
}

export async function signOut(): Promise<void> {
  await (await authClient()).signOut({ scope: 'local' }).catch(() => undefined);
  endSession();
}

export async function refreshSession(): Promise<string | null> {
  const { data, error } = await (await authClient()).refreshSession();
  if (data.session) return data.session.access_token;
  if (error && (error.name === 'AuthRetryableFetchError' || error.status === 0)) throw problemOf(error);
  endSession();
  return null;
}

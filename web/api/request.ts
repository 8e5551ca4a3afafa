// One way to ask the server: bearer token, JSON in and out, one retry with a fresh token, failures as problems.

import { asProblem, problemFrom } from './problem.ts';
import { endSession } from './session.ts';
import type { Read } from './shape.ts';
import { accessToken } from './token.ts';

export const apiPath = '/api/v1';

export type Ask = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  body?: unknown;
  accept?: string;
  signal?: AbortSignal;
};

function attempt(path: string, ask: Ask, token: string | null): Promise<Response> {
  const headers = new Headers({ accept: ask.accept ?? 'application/json' });
  if (token) headers.set('authorization', `Bearer ${token}`);
  if (ask.body !== undefined) headers.set('content-type', 'application/json');
  return fetch(apiPath + path, {
    method: ask.method ?? 'GET',
    headers,
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    ...(ask.signal ? { signal: ask.signal } : {}),
  });
}

/** Sends a request and answers the response, whose status is below 400; everything else is thrown as a Problem. */
export async function fetchAnswer(path: string, ask: Ask = {}): Promise<Response> {
  let response: Response;
  try {
    const token = await accessToken();
    response = await attempt(path, ask, token);
    // A token may be refused before its time: the session was ended, or the server has new keys.
    if (response.status === 401 && token) response = await attempt(path, ask, await accessToken(token));
  } catch (error) {
    if (ask.signal?.aborted) throw error;
    throw asProblem(error);
  }
  if (response.ok) return response;
  if (response.status === 401) endSession();
  throw problemFrom(response.status, await response.json().catch(() => null));
}

/** Sends a request and reads its JSON answer. */
export async function send<T>(path: string, read: Read<T>, ask: Ask = {}): Promise<T> {
  const response = await fetchAnswer(path, ask);
  try {
    return read(await response.json(), path);
  } catch (error) {
    if (ask.signal?.aborted) throw error;
    throw asProblem(error);
  }
}

/** Sends a request whose answer says nothing (204). */
export async function sendOnly(path: string, ask: Ask): Promise<void> {
  await fetchAnswer(path, ask);
}

/** `?a=1&b=2` of what is neither null nor empty. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

// A real browser before a real server: builds the page if need be, starts both, and signs people in.
// Whatever the page complains of (errors, what the content policy refused) is kept and must be empty in the end.
import assert from 'node:assert/strict';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findBrowser, skipsBrowser } from '../../scripts/browser.mjs';
import { buildWeb } from '../../scripts/build-web.mjs';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';

export const skip = skipsBrowser() ? 'LOAM_TEST_SKIP=browser' : false;

export interface House {
  readonly server: TestServer;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** `env` are settings of the server, as for startTestServer. */
export async function openHouse(env: Record<string, string> = {}): Promise<House> {
  await buildWeb();
  const executablePath = findBrowser();
  assert.ok(executablePath, 'npm test looks for a browser before it starts');
  const server = await startTestServer(env);
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    server,
    browser,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** A new account's session, as the page keeps it. */
export async function makeSession(server: TestServer, email: string, name: string): Promise<string> {
  const response = await fetch(`${server.url}/auth/v1/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'correct horse battery staple', data: { display_name: name } }),
  });
  assert.equal(response.status, 200, `sign-up of ${email}`);
  return response.text();
}

export interface View {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained of. Answers with these statuses are what a test brings about itself. */
  complaints(...expected: number[]): string[];
}

interface ViewOptions {
  readonly session?: string;
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
}

export async function openView(
  { server, browser }: House,
  { session, width = 1440, height = 900, theme = 'light' }: ViewOptions = {},
): Promise<View> {
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width, height },
    colorScheme: theme,
    // Nothing fades: what is measured half-way through has other colours.
    reducedMotion: 'reduce',
    hasTouch: width < 500,
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(15_000);
  if (session !== undefined) {
    // Only where there is none yet: a page that refreshed its session keeps it over a reload.
    await context.addInitScript((text) => {
      if (localStorage.getItem('loam.session') === null) localStorage.setItem('loam.session', text);
    }, session);
  }
  const page = await context.newPage();
  const heard: string[] = [];
  page.on('pageerror', (error) => heard.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') heard.push(message.text());
  });
  return {
    page,
    context,
    complaints: (...expected) =>
      heard.filter((text) => !expected.some((status) => text.includes(`status of ${status}`))),
  };
}

/** Paths of the API that a page asks for, from now on. */
export function watchRequests(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/')) asked.push(`${request.method()} ${pathname}`);
  });
  return asked;
}

// Attacks over the wire on the whole server: names and paths that are not ours, bodies that are bombs, addresses of files,
// and what all of it leaves in the log at its most talkative.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { createLog } from '../../core/log.ts';
import { servedHosts } from '../../server/http/hosts.ts';
import { type MockOpenai, openaiError, openMockOpenai, sendJson } from '../../server/testing/mock-openai.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';

const upstreamKey = 'sk-upstream-key-that-nobody-sees';
let mock: MockOpenai;
let server: TestServer;
let port: number;
let ada: string;
let bob: string;
let log = '';

before(async () => {
  mock = await openMockOpenai();
  server = await startTestServer(
    { OPENAI_API_KEY: upstreamKey, OPENAI_BASE_URL: mock.url },
    {
      log: createLog('trace', {
        write: (line: string) => {
          log += line;
        },
      }),
    },
  );
  port = Number(new URL(server.url).port);
  await server.signUp('admin@example.com');
  ada = await server.signUp('ada@example.com');
  bob = await server.signUp('bob@example.com');
});
after(async () => {
  await server.close();
  await mock.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** As the bytes say: fetch would tidy paths and refuse headers. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (res) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part));
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    sent.on('error', reject).end(body);
  });
}
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const post = (token: string, path: string, body: unknown, method = 'POST'): Promise<Answer> =>
  send(
    method,
    path,
    { ...bearer(token), 'content-type': 'application/json' },
    typeof body === 'string' ? body : JSON.stringify(body),
  );
const json = <T>(answer: Answer): T => JSON.parse(answer.text) as T; // checked: each caller says what it asserts on
const codeOf = (answer: Answer): string => json<{ error: { code: string } }>(answer).error.code;

function upload(token: string, disposition: string, content: string, type = 'text/plain'): Promise<Answer> {
  const body = `--xyz\r\nContent-Disposition: form-data; name="file"; ${disposition}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n--xyz--\r\n`;
  return send(
    'POST',
    '/api/v1/documents',
    { ...bearer(token), 'content-type': 'multipart/form-data; boundary=xyz' },
    body,
  );
}

test('a page that points its own name at this machine is not answered, on no path', async () => {
  for (const host of [
    'evil.example',
    'evil.example:80',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
  ])
    for (const path of [
      '/',
      '/healthz',
      '/api/v1/setup',
      '/auth/v1/settings',
      '/v1/models',
      '/storage/v1/object/sign/a/b',
    ]) {
      const answer = await send('GET', path, { host });
      assert.deepEqual([answer.status, codeOf(answer)], [421, 'host_unknown'], `${host}${path}`);
    }
  for (const host of ['localhost', `LocalHost:${port}`, '127.0.0.1', '127.9.9.9:1', '[::1]:3210', 'loam.localhost'])
    assert.equal((await send('GET', '/healthz', { host })).status, 200, host);
  // Where others are meant to come, which names they use is not ours to know.
  for (const open of [
    { HOST: '0.0.0.0', LOAM_TRUSTED_PROXIES: 0 },
    { HOST: '127.0.0.1', LOAM_TRUSTED_PROXIES: 1 },
  ])
    assert.equal(servedHosts(open)('loam.example.org'), true);
});

test('no path leads out of the folder of the page', async () => {
  const up = ['..', '%2e%2e', '.%2e', '..%2f..', '%2e%2e%2f%2e%2e', '..%5c..', '..%252f..', '%c0%ae%c0%ae'];
  for (const start of ['/', '/assets/', '/api-docs/', '/assets//', '//'])
    for (const dots of up)
      for (const file of ['package.json', 'etc/passwd', 'core/config.ts', '.env', 'package.json%00.js']) {
        const { status, text } = await send('GET', `${start}${dots}/${dots}/${file}`);
        assert.ok(status === 404 || (status === 200 && text.startsWith('<!doctype html>')), `${start}${dots}/${file}`);
        assert.ok(!text.includes('"dependencies"') && !text.includes('root:') && !text.includes('process.env'));
      }
});

test('no other site may read an answer with somebody’s rights, frame the page, or run anything in it', async () => {
  const origin = 'https://evil.example';
  for (const path of ['/api/v1/me', '/v1/models', '/auth/v1/user']) {
    const { headers } = await send('GET', path, { ...bearer(ada), origin });
    assert.equal(headers['access-control-allow-credentials'], undefined, path);
    if (path !== '/auth/v1/user') assert.equal(headers['access-control-allow-origin'], undefined, path);
    const asked = await send('OPTIONS', path, { origin, 'access-control-request-method': 'GET' });
    assert.equal(asked.headers['access-control-allow-credentials'], undefined, path);
  }
  for (const path of ['/', '/nowhere', '/api/v1/me', '/api-docs', '/assets/none.js']) {
    const { headers } = await send('GET', path);
    const policy = String(headers['content-security-policy']);
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.doesNotMatch(policy, /script-src[^;]*(unsafe|\*|https?:)/, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['set-cookie'], undefined, 'nothing rides along with a request by itself');
  }
});

test('bodies that are bombs are refused before they cost anything', async () => {
  const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  for (const levels of [500, 8_000, 500_000]) {
    const answer = await post(ada, '/api/v1/me', `{"settings":{"a":${deep(levels)}}}`, 'PATCH');
    assert.deepEqual([answer.status, codeOf(answer)], [400, 'invalid_json'], `${levels} levels`);
  }
  assert.equal((await post(ada, '/api/v1/me', { settings: { a: `${'['.repeat(500)}"` } }, 'PATCH')).status, 200);
  const keys = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]));
  for (const body of [keys, { collection_ids: Array(200_000).fill(1) }]) {
    const answer = await post(ada, '/api/v1/conversations', body);
    assert.equal(answer.status, 400);
    assert.ok(answer.text.length < 20_000, `${answer.text.length} bytes of problems`);
  }
  const polluted = await post(ada, '/api/v1/me', '{"settings":{"__proto__":{"role":"admin"}}}', 'PATCH');
  assert.equal(json<{ role: string }>(polluted).role, 'user');
  assert.equal(Object.hasOwn(Object.prototype, 'role'), false);
  assert.equal((await post(ada, '/api/v1/conversations', ' '.repeat(1_100_000))).status, 413);
  assert.equal(
    (await send('POST', '/auth/v1/signup', { 'content-type': 'application/json' }, ' '.repeat(20_000))).status,
    413,
  );
  assert.equal((await send('GET', '/api/v1/me', { authorization: `Bearer ${'x'.repeat(20_000)}` })).status, 431);
  // A form where JSON is meant would pass a schema that it was never held against.
  for (const path of ['/api/v1/conversations', '/api/v1/collections', '/api/v1/api-keys'])
    assert.equal(
      (await send('POST', path, { ...bearer(ada), 'content-type': 'multipart/form-data; boundary=x' }, '--x--')).status,
      415,
    );
});

test('text that PostgreSQL cannot hold is the caller’s mistake, not ours', async () => {
  for (const text of ['a\\u0000b', 'a\\ud800b']) {
    const settings = await post(ada, '/api/v1/me', `{"settings":{"a":"${text}"}}`, 'PATCH');
    assert.equal(settings.status, 400, text);
    assert.notEqual((await post(ada, '/api/v1/conversations', `{"title":"${text}"}`)).status, 500, text);
  }
  for (const query of ['a%00b', '%ed%a0%80', '%', '%25'.repeat(200), '%27%3b--', '_'.repeat(1000)])
    assert.notEqual((await send('GET', `/api/v1/search?q=${query}`, bearer(ada))).status, 500, query);
  const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const [path, value] of [
    ['conversations', ['9999999-01-01T00:00:00Z', ada]],
    ['api-keys', ['garbage', '00000000-0000-4000-8000-000000000000']],
    ['documents', [[], {}]],
    ['collections', { a: 1 }],
  ] as const)
    assert.equal((await send('GET', `/api/v1/${path}?cursor=${cursor(value)}`, bearer(ada))).status, 400, path);
});

test('a form without an end, or with too much in it, is turned away', async () => {
  const head = { ...bearer(ada), 'content-type': 'multipart/form-data; boundary=xyz' };
  const part = (name: string, value = 'x'): string =>
    `--xyz\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const forms: Readonly<Record<string, string>> = {
    'endless headers': `--xyz\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`,
    'a part without a name': '--xyz\r\n\r\nx\r\n--xyz--\r\n',
    'many parts': `${part('collection_id', '').repeat(100)}--xyz--\r\n`,
    'a field without an end': part('collection_id', 'x'.repeat(100_000)),
    'an unknown field': `${part('user_id')}--xyz--\r\n`,
    'no end': part('collection_id', '').slice(0, -2),
  };
  for (const [what, form] of Object.entries(forms)) {
    const { status, text } = await send('POST', '/api/v1/documents', head, form);
    assert.ok(status === 400 || status === 413, `${what}: ${status} ${text}`);
  }
  for (const type of [
    'multipart/form-data',
    'multipart/form-data; boundary=""',
    `multipart/form-data;${' ;'.repeat(5_000)}`,
  ])
    assert.equal((await send('POST', '/api/v1/documents', { ...bearer(ada), 'content-type': type }, 'x')).status, 415);
});

test('an address of a file opens that file, for a while, and nothing of it runs on our origin', async () => {
  const page = '<!doctype html><html><script>alert(1)</script><p>Boilers of the north</p></html>';
  const names: readonly (readonly [string, string, string])[] = [
    ['filename="evil.html"', page, 'text/html'],
    ['filename="a%0D%0ASet-Cookie: a=b.txt"', 'Boilers', 'text/plain'],
    [`filename="\\"; filename=evil.html; x=\\".txt"`, 'Boilers', 'text/plain'],
    [`filename*=UTF-8''..%2f..%2f%e2%80%aetxt.exe.txt`, 'Boilers', 'text/plain'],
    ['filename="../../../../etc/cron.d/x.txt"', 'Boilers', 'text/plain'],
  ];
  for (const [disposition, content, type] of names) {
    const added = await upload(ada, disposition, content, type);
    assert.equal(added.status, 201, added.text);
    const { id } = json<{ id: string }>(added);
    assert.equal((await send('GET', `/api/v1/documents/${id}/download`, bearer(bob))).status, 404);
    for (const inline of ['true', 'false']) {
      const made = await send('GET', `/api/v1/documents/${id}/download?inline=${inline}`, bearer(ada));
      const { url } = json<{ url: string }>(made);
      const { status, headers, text } = await send('GET', url);
      assert.equal(status, 200, url);
      assert.equal(text, content);
      assert.equal(headers['set-cookie'], undefined);
      assert.match(
        String(headers['content-disposition']),
        /^(inline|attachment); filename="[\w.-]+"; filename\*=UTF-8''[\w.%~!-]+$/,
      );
      assert.doesNotMatch(String(headers['content-type']), /html|xml|script/);
      assert.match(String(headers['content-security-policy']), /default-src 'none'; sandbox/);
      if (type === 'text/html') assert.match(String(headers['content-disposition']), /^attachment/);
    }
  }
});

test('an address of a file cannot be bent, and asking only for its head leaves no file open', async () => {
  const [hers, his] = await Promise.all([
    upload(ada, 'filename="note.txt"', 'Ada’s boilers'),
    upload(bob, 'filename="note.txt"', 'Bob’s boilers'),
  ]);
  const addressOf = async (token: string, added: Answer): Promise<string> => {
    const { id } = json<{ id: string }>(added);
    return json<{ url: string }>(await send('GET', `/api/v1/documents/${id}/download`, bearer(token))).url;
  };
  const [url, other] = [await addressOf(ada, hers), await addressOf(bob, his)];
  const [path = '', token = ''] = url.split('?token=');
  const [otherPath = ''] = other.split('?token=');
  const [head = '', payload = ''] = token.split('.');
  const forge = (changes: object): string => {
    const said = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), ...changes };
    return Buffer.from(JSON.stringify(said)).toString('base64url');
  };
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  const bent = [
    `${otherPath}?token=${token}`,
    `${path}?token=${head}.${forge({ url: otherPath })}.${token.split('.')[2]}`,
    `${path}?token=${head}.${forge({ exp: 9_999_999_999 })}.${token.split('.')[2]}`,
    `${path}?token=${none}.${payload}.`,
    `${path}?token=${ada}`,
    `${path}?token=`,
    path,
    `${path.replace('/documents/', '/documents%2f')}x?token=${token}`,
    `${path}/../../secret?token=${token}`,
    `/storage/v1/object/sign/documents/..%2f..%2fsecret?token=${token}`,
    `/storage/v1/object/sign/secret/x?token=${token}`,
  ];
  for (const address of bent) {
    const { status, text } = await send('GET', address);
    assert.ok(status === 403 || status === 404, `${status} ${address}`);
    assert.ok(!text.includes('boilers'));
  }
  const open = (): number => readdirSync('/proc/self/fd', { withFileTypes: true }).length;
  if (process.platform !== 'linux') return;
  await send('HEAD', url);
  const before = open();
  for (let n = 0; n < 40; n += 1) assert.equal((await send('HEAD', url)).status, 200);
  assert.ok(open() < before + 20, `${open() - before} more files are open`);
});

test('a request with two lengths, as smuggled past a proxy, is none', async () => {
  for (const lengths of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    'Content-Length: 5\r\nContent-Length: 6',
    'Transfer-Encoding: xchunked',
  ]) {
    const socket = connect(port, '127.0.0.1');
    const said = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\n${lengths}\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`);
    assert.match(await said, /^HTTP\/1\.1 400 /, lengths);
    socket.destroy();
  }
});

test('a provider’s refusal that quotes the caller does not switch off the counting of everybody’s tokens', async () => {
  const ask = (token: string): Promise<Answer> =>
    post(token, '/v1/chat/completions', {
      model: 'openai/mock-model',
      stream: true,
      messages: [{ role: 'user', content: 'x' }],
    });
  const refusal = openaiError('Unrecognized request argument supplied: my_stream_options');
  for (let n = 0; n < 2; n += 1) mock.once('/chat/completions', (_, res) => sendJson(res, 400, refusal));
  assert.equal((await ask(bob)).status, 400);
  await ask(ada);
  assert.deepEqual(mock.requests.at(-1)?.body['stream_options'], { include_usage: true });
});

test('at its most talkative the log holds no secret and nothing of what people say', async () => {
  const password = 'a password that is nobody’s business';
  const account = { email: 'cleo@example.com', password };
  const signUp = await send('POST', '/auth/v1/signup', { 'content-type': 'application/json' }, JSON.stringify(account));
  const session = json<{ access_token: string; refresh_token: string }>(signUp);
  const grant = (type: string, body: object): Promise<Answer> =>
    send('POST', `/auth/v1/token?grant_type=${type}`, { 'content-type': 'application/json' }, JSON.stringify(body));
  await grant('password', { ...account, password: `${password} wrong` });
  const renewed = json<{ access_token: string; refresh_token: string }>(
    await grant('refresh_token', { refresh_token: session.refresh_token }),
  );
  await grant('refresh_token', { refresh_token: 'not-a-refresh-token' });
  const token = renewed.access_token;
  const { key, id: keyId } = json<{ key: string; id: string }>(await post(token, '/api/v1/api-keys', { name: 'k' }));
  await send('GET', '/api/v1/me', bearer(key));
  await send('GET', '/api/v1/me', bearer(`${key.slice(0, -1)}_`));
  await send('GET', '/api/v1/me', bearer(`${token.slice(0, -4)}AAAA`));
  const added = await upload(token, 'filename="periwinkle.txt"', 'The marmalade of the document.');
  const document = json<{ id: string }>(added).id;
  const { url } = json<{ url: string }>(await send('GET', `/api/v1/documents/${document}/download`, bearer(token)));
  await send('GET', url);
  await upload(token, 'filename="marmalade.pdf"', '%PDF-1.7 broken marmalade');
  const { id } = json<{ id: string }>(
    await post(token, '/api/v1/conversations', { title: 'marmalade', system_prompt: 'Think of marmalade.' }),
  );
  const messages = `/api/v1/conversations/${id}/messages`;
  await post(token, messages, { content: 'Where is the marmalade?', model: 'loam/extractive' });
  mock.once('/chat/completions', (_, res) => sendJson(res, 500, openaiError('marmalade is not known here')));
  await post(token, messages, { content: 'marmalade again', model: 'openai/mock-model' });
  await post(token, messages, { content: 'more marmalade', model: 'openai/mock-model' });
  await post(token, messages, '{"content": "marmalade');
  await post(token, messages, { content: 'marmalade\u0000' });
  await send('GET', '/api/v1/search?q=marmalade', bearer(token));
  mock.once('/chat/completions', (_, res) => sendJson(res, 401, openaiError(`Incorrect API key: ${upstreamKey}`)));
  await post(key, '/v1/chat/completions', {
    model: 'openai/mock-model',
    messages: [{ role: 'user', content: 'marmalade' }],
  });
  await post(key, '/v1/chat/completions', '{"marmalade');
  await send('DELETE', `/api/v1/api-keys/${keyId}`, bearer(token));

  const secrets = { password, token, key, upstreamKey, refresh: renewed.refresh_token, first: session.refresh_token };
  assert.ok(log.split('\n').length > 40, 'there is a log');
  for (const [name, secret] of Object.entries(secrets)) assert.ok(!log.includes(secret), `${name} is in the log`);
  assert.ok(!log.includes(url.split('token=')[1] ?? '?'), 'the token of an address is in the log');
  const leaked = log.split('\n').find((line) => /marmalade|periwinkle/.test(line));
  assert.equal(leaked, undefined, 'what people say is in the log');
});

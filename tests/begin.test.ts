// A server whose jobs cannot begin takes requests all the same, and begins as soon as it can.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openAdmin } from '../core/database-pg.ts';
import { type NativeDatabase, openNativeDatabase } from '../server/testing/database.ts';
import { startTestServer, type TestServer } from '../server/testing/server.ts';

let opened: NativeDatabase;
let server: TestServer;
const asOwner = async (text: string): Promise<void> => {
  const admin = await openAdmin(opened.adminUrl);
  await admin.exec(text);
  await admin.close();
};
before(async () => {
  opened = await openNativeDatabase(18);
  await asOwner('revoke usage on schema pgboss from loam_jobs');
  const { url, adminUrl } = opened;
  server = await startTestServer({}, { target: { kind: 'postgres', url, adminUrl, supabase: false } });
});
after(async () => {
  await server.close();
  await opened.close();
});

test('a document that comes before the jobs waits, and is read when they begin', async () => {
  const [ada, bob] = [await server.signUp('ada@example.com'), await server.signUp('bob@example.com')];
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const form = new FormData();
  form.set('file', new File(['The compressor is guaranteed for seven years.'], 'note.txt', { type: 'text/plain' }));
  const added = await fetch(`${server.url}/api/v1/documents`, { ...as(ada), method: 'POST', body: form });
  assert.equal(added.status, 201);
  const { id, processing_status } = (await added.json()) as Record<string, string>; // checked: by what is compared
  assert.equal(processing_status, 'pending');
  const changes = await fetch(`${server.url}/api/v1/events`, as(ada));
  await asOwner('grant usage on schema pgboss to loam_jobs');
  const show = (token: string) => fetch(`${server.url}/api/v1/documents/${id}`, as(token));
  let status = processing_status;
  assert.ok(changes.body);
  for await (const _ of changes.body) {
    status = ((await (await show(ada)).json()) as { processing_status: string }).processing_status; // checked: compared below
    if (status === 'completed' || status === 'failed') break;
  }
  assert.equal(status, 'completed');
  assert.equal((await show(bob)).status, 404);
});

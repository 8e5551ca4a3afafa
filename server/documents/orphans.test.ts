// Files that no document speaks of: their bytes and rows go, and nobody else's do.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { openFolderStore } from '../storage/files.ts';
import { defaultLimits } from '../storage/storage.ts';
import { type NativeDatabase, openNativeDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/requests.ts';
import { createUser } from '../testing/users.ts';
import { removeOrphans, scheduleOrphans } from './orphans.ts';

type Handler = (signal: AbortSignal) => Promise<void>;
let native: NativeDatabase;
let outside: Client;
const folder = mkdtempSync(join(tmpdir(), 'loam-orphans-'));

before(async () => {
  native = await openNativeDatabase();
  outside = new Client({ connectionString: native.adminUrl });
  await outside.connect();
});
after(async () => {
  await outside.end();
  await native.close();
  rmSync(folder, { recursive: true, force: true });
});

test('files that nothing speaks of lose their bytes and rows; others stay', async () => {
  const { id } = await createUser(native.db, 'bob@example.org');
  const bytes = join(folder, 'documents', id);
  mkdirSync(bytes, { recursive: true });
  for (const name of ['lost.md', 'kept.md']) {
    writeFileSync(join(bytes, name), name);
    await outside.query(
      `insert into storage.objects (bucket_id, name, owner, created_at) values ('documents', $1, $2, now() - interval '9 days')`,
      [`${id}/${name}`, id],
    );
  }
  await outside.query(
    `insert into documents (user_id, original_name, storage_path, mime_type, file_size) values ($1, 'kept.md', $2, 'text/markdown', 7)`,
    [id, `${id}/kept.md`],
  );
  const storage = {
    db: native.db,
    files: openFolderStore(folder),
    signingKey: Buffer.alloc(32),
    limits: defaultLimits,
  };
  let run: Handler = async () => assert.fail('no job was scheduled');
  await scheduleOrphans(storage, silentLog, {
    schedule: async (_name, _cron, handler) => {
      run = handler;
    },
  });
  await run(new AbortController().signal);
  assert.equal(existsSync(join(bytes, 'lost.md')), false);
  assert.equal(existsSync(join(bytes, 'kept.md')), true);
  const { rows } = await outside.query(`select name from storage.objects where name like $1`, [`${id}/%`]);
  assert.deepEqual(rows, [{ name: `${id}/kept.md` }]);
  assert.equal(await removeOrphans(storage, silentLog), 0);
});

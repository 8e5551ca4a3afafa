// Backup and restore of a PostgreSQL 15 server with its own tools; left out, and said so, where they are not installed.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openNativeDatabase } from '../../server/testing/database.ts';
import { emptyNative } from '../../server/testing/native.ts';
import { openAddress } from '../open-session.ts';
import { ToolError } from '../session.ts';
import { writeArchive } from './archive.ts';
import { backupServer, findTool, restoreServer } from './postgres.ts';

const work = mkdtempSync(join(tmpdir(), 'loam-backup-server-'));
after(() => rmSync(work, { recursive: true, force: true }));
const version = '0.1.0';
const secret = 'a secret for tests, 32 characters or more';
const file = join(work, 'server.tar.gz');
const [from, to] = [join(work, 'from'), join(work, 'to')];
const refused = async (making: Promise<unknown>, sentence: RegExp): Promise<void> =>
  await assert.rejects(making, (error) => error instanceof ToolError && sentence.test(error.message));
const tools = await findTool('pg_restore', 15).then(
  () => true,
  () => false,
);

test('tools that are older than the server, or not there, are said', async () => {
  await refused(
    findTool('pg_dump', 99),
    tools ? /pg_dump is of version \d+, and the server is of version 99/ : /not installed/,
  );
  const path = process.env['PATH'];
  try {
    process.env['PATH'] = work;
    if (!existsSync('/usr/lib/postgresql') && !existsSync('/opt/homebrew/opt/libpq/bin'))
      await refused(findTool('pg_dump', 15), /pg_dump is not installed/);
  } finally {
    process.env['PATH'] = path;
  }
});

test('a server goes into a file and out of it again', {
  skip: tools ? false : 'pg_dump 15 is not installed',
}, async () => {
  const [source, target] = [await openNativeDatabase(15), await emptyNative(15)];
  try {
    mkdirSync(join(from, 'files', 'documents'), { recursive: true });
    writeFileSync(join(from, 'files', 'documents', 'one.md'), 'bytes');
    const session = await openAddress(source.adminUrl);
    await session.exec(`insert into auth.users (id, email) values (gen_random_uuid(), 'ada@example.org')`);
    await session.close();
    await refused(
      backupServer({ dataDir: from, file, version, secret, url: target.url }),
      /not installed in this database/,
    );
    const { manifest } = await backupServer({ dataDir: from, file, version, secret, url: source.adminUrl });
    assert.equal(manifest.secret, 'outside');
    const restoring = (url: string, more: object = {}) =>
      restoreServer({ file, dataDir: to, version, secret, url, ...more });

    await refused(restoring(target.url, { secret: null }), /made without its secret/);
    await refused(
      restoring(target.url, { secret: 'another secret of 32 characters or more' }),
      /not the one that was in use/,
    );
    await refused(restoring(source.adminUrl), /is not empty/);
    await writeArchive(join(work, 'torn.tar.gz'), manifest, [
      { name: 'database.dump', path: join(from, 'files', 'documents', 'one.md') },
      { name: 'roles.sql', path: join(from, 'empty') },
      { name: 'roles.sql', path: join(from, 'files', 'documents', 'one.md') },
    ]);
    await assert.rejects(
      restoreServer({ file: join(work, 'torn.tar.gz'), dataDir: to, version, secret, url: target.url }),
    );
    await restoring(target.url);
    const users = async (url: string): Promise<string | null | undefined> => {
      const opened = await openAddress(url);
      const [row] = await opened.rows('select email from user_profiles').finally(() => opened.close());
      return row?.[0];
    };
    assert.equal(await users(target.url), 'ada@example.org');
    assert.equal(readFileSync(join(to, 'files', 'documents', 'one.md'), 'utf8'), 'bytes');

    const other = await openAddress(target.url);
    await other.exec('delete from auth.users');
    await refused(restoring(target.url, { replace: true }), /connections to .* are open/);
    await other.close();
    await restoring(target.url, { replace: true });
    assert.equal(await users(target.url), 'ada@example.org');
  } finally {
    await source.close();
    await target.drop();
  }
});

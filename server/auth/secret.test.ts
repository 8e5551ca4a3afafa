// The secret, what is sealed with it, and passwords.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashSync } from '@node-rs/argon2';
import { checkPassword, createPasswords, needsRehash } from './passwords.ts';
import { seal, unseal } from './sealing.ts';
import { openSecret } from './secret.ts';

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'loam-secret-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const open = (dataDir: string, secret?: string) =>
  openSecret({ dataDir, ...(secret === undefined ? {} : { LOAM_SECRET: secret }) });

test('a file that is no secret is refused, not replaced', () => {
  inFolder((folder) => {
    writeFileSync(join(folder, 'secret'), 'short');
    assert.throws(() => open(folder), /does not hold a secret/);
  });
});

test('made once, for the owner’s eyes only, and the same ever after', () => {
  inFolder((folder) => {
    const dataDir = join(folder, 'deep', 'data');
    const first = open(dataDir).derive('a purpose');
    assert.equal(statSync(join(dataDir, 'secret')).mode & 0o777, 0o600);
    chmodSync(join(dataDir, 'secret'), 0o644);
    assert.deepEqual(open(dataDir).derive('a purpose'), first);
    assert.equal(statSync(join(dataDir, 'secret')).mode & 0o777, 0o600, 'and closed again if somebody opened it');
    assert.deepEqual(readdirSync(dataDir), ['secret'], 'no draft stays');
  });
});

test('a given secret leaves no file, and each purpose has its own key', () => {
  inFolder((folder) => {
    const secret = open(folder, 'x'.repeat(40));
    assert.deepEqual(readdirSync(folder), []);
    assert.notDeepEqual(secret.derive('a'), secret.derive('b'));
    assert.equal(secret.derive('a').length, 32);
    assert.notDeepEqual(secret.derive('a'), open(folder, 'y'.repeat(40)).derive('a'));
  });
});

test('what is sealed opens with its key in its place, and nowhere else', () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const sealed = seal(key, 'hello', 'row 1');
  assert.equal(unseal(other, sealed, 'row 1'), null);
  assert.equal(unseal(key, sealed, 'row 2'), null);
  const [version = '', iv = '', tag = '', body = ''] = sealed.split('.');
  for (const broken of [
    '',
    'v1',
    `v2.${iv}.${tag}.${body}`,
    `v1.${iv}.${tag.slice(0, 4)}.${body}`,
    `v1.${iv}.${tag}.`,
    [version, iv, body, tag].join('.'),
  ]) {
    assert.equal(unseal(key, broken, 'row 1'), null, broken);
  }
  assert.equal(unseal(key, sealed, 'row 1'), 'hello');
  assert.notEqual(seal(key, 'hello', 'row 1'), sealed, 'the same text is sealed differently each time');
});

test('passwords: nobody’s is never right, and old hashes are made again', async () => {
  const passwords = createPasswords();
  const hashed = await passwords.hash('correct horse');
  assert.match(hashed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal(await passwords.verify('wrong horse', hashed), false);
  assert.equal(await passwords.verify('nobody has this password', null), false);
  assert.equal(await passwords.verify('correct horse', hashed), true);
  assert.equal(needsRehash(hashed), false);
  assert.equal(needsRehash(hashSync('x', { memoryCost: 8192, timeCost: 1 })), true);
  assert.equal(needsRehash('$2a$10$abcdefghijklmnopqrstuv'), true);
});

test('few hashes at once, few waiting, the rest come back later', async () => {
  const passwords = createPasswords(1, 2);
  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.hash('correct horse')));
  assert.deepEqual(
    answers.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
  assert.ok(await passwords.hash('and again'), 'the gate opens again');
});

test('length is what counts in a password', () => {
  for (const bad of ['', '1234567', 'x'.repeat(1001), '😀'.repeat(7)])
    assert.throws(() => checkPassword(bad), { code: 'auth_weak_password' });
  for (const good of ['12345678', '        ', 'äöüßäöüß', '😀'.repeat(8)]) checkPassword(good);
});

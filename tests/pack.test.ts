// What `npm pack` ships, in an empty folder beside nothing but what its manifest names: the toolkit runs there, from plain
// JavaScript, and only declared dependencies are imported.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundle, shippedManifest } from '../scripts/pack.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'loam-pack-'));
const modules = join(home, 'node_modules');
const installed = join(modules, 'loam');
after(() => rmSync(home, { recursive: true }));

before(async () => {
  mkdirSync(modules);
  const packages = await bundle(join(installed, 'dist'));
  const manifest = shippedManifest(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')), packages);
  writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest));
  cpSync(join(root, 'sql'), join(installed, 'sql'), { recursive: true });
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
});

const loam = (...args: string[]): { status: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(installed, 'dist', 'loam.js'), ...args], {
    cwd: home,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: home },
  });
  return { status, out: stdout, err: stderr };
};

test('there is no TypeScript in it', () => {
  const files = readdirSync(join(installed, 'dist'));
  assert.ok(files.includes('main.js'));
  assert.deepEqual(
    files.filter((file) => !file.endsWith('.js')),
    [],
  );
});

test('a folder of migrations is validated: a fault is found, a sound one passes', () => {
  const migrations = join(home, 'supabase', 'migrations');
  mkdirSync(migrations, { recursive: true });
  const file = join(migrations, '20260101000000_notes.sql');
  const table = `create table notes (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references auth.users (id) on delete cascade,
    created_at timestamptz not null default now()
  );
  create index notes_user_id_idx on notes (user_id);`;
  writeFileSync(file, table);
  const found = loam('schema', 'validate', './supabase/migrations');
  assert.equal(found.status, 1, found.err);
  assert.match(found.out, /security-rls-disabled/);
  writeFileSync(
    file,
    `${table}
    alter table notes enable row level security;
    create policy "own" on notes for all to authenticated
      using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);`,
  );
  const clean = loam('schema', 'validate', './supabase/migrations');
  assert.equal(clean.status, 0, clean.out + clean.err);
});

test('patterns are generated from the SQL that is shipped', () => {
  const { status, out, err } = loam('schema', 'generate', 'chat');
  assert.equal(status, 0, err);
  assert.match(out, /create table if not exists (public\.)?messages/);
});

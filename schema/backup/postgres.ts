// Backup and restore of a PostgreSQL target with the server's own tools: the dump, the roles that it names, the files of the
// storage folder and the secret.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, searchPath } from '../../core/config.ts';
import { openAddress } from '../open-session.ts';
import { quoteName } from '../quote.ts';
import { type Session, ToolError } from '../session.ts';
import { format, type Manifest, readArchive, writeArchive } from './archive.ts';
import { type BackupOptions, type BackupResult, checkSecret, type RestoreOptions, restoreParts } from './embedded.ts';
import { refuseNewer } from './newer.ts';
import { secretMark } from './secret-mark.ts';
import { readContents } from './snapshot.ts';

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** The password travels in the environment: arguments are for everybody on the machine to read. */
function run(program: string, args: readonly string[], url: string | null): Promise<Ended> {
  const address = url === null ? null : new URL(url);
  const password = address === null ? '' : decodeURIComponent(address.password);
  if (address !== null) address.password = '';
  const all = address === null ? args : [...args, '--dbname', address.href];
  return new Promise((resolve, reject) => {
    const child = spawn(program, all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: childEnvironment({ LC_ALL: 'C', ...(password === '' ? {} : { PGPASSWORD: password }) }),
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
    });
    child.stderr.on('data', (piece: Buffer) => {
      err = `${err}${piece.toString()}`.slice(-4000);
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, out, err }));
  });
}

/** Where Debian and Homebrew put the tools of each version, and the search path. */
function places(): readonly string[] {
  const versions = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'bin')) : [];
  return [...searchPath(), ...versions('/usr/lib/postgresql'), '/opt/homebrew/opt/libpq/bin'];
}

/** The newest of the installed ones. Throws ToolError where there is none, or none as new as the server. */
export async function findTool(name: 'pg_dump' | 'pg_restore', server: number): Promise<string> {
  let best: { path: string; major: number } | null = null;
  for (const folder of new Set(places())) {
    const path = join(folder, name);
    if (folder === '' || !existsSync(path)) continue;
    const { out } = await run(path, ['--version'], null).catch(() => ({ out: '' }));
    const major = Number(/(\d+)(\.|devel|beta|rc|\s|$)/.exec(out)?.[1] ?? 0);
    if (major > (best?.major ?? 0)) best = { path, major };
  }
  if (best === null)
    throw new ToolError(`${name} is not installed. It comes with PostgreSQL's client programs (postgresql-client).`);
  if (best.major < server)
    throw new ToolError(
      `${name} is of version ${best.major}, and the server is of version ${server}. Install the client programs of version ${server}.`,
    );
  return best.path;
}

async function majorOf(session: Session): Promise<number> {
  const [row] = await session.rows(`select current_setting('server_version_num')::integer / 10000`);
  return Number(row?.[0] ?? 0);
}

/** A dump names roles and does not make them. */
const rolesText = `
  select format(
    'do $$ begin create role %I %s %s %s; exception when duplicate_object then null; end $$;', rolname,
    case when rolcanlogin then 'login' else 'nologin' end, case when rolinherit then 'inherit' else 'noinherit' end,
    case when rolbypassrls then 'bypassrls' else 'nobypassrls' end
  )
  from pg_roles
  where rolname ~ '^loam_' or rolname in ('anon', 'authenticated', 'service_role', 'authenticator')
  union all
  select format('grant %I to %I;', r.rolname, m.rolname)
  from pg_auth_members as a
  join pg_roles as r on r.oid = a.roleid
  join pg_roles as m on m.oid = a.member
  where m.rolname = 'authenticator'
  order by 1`;

export async function backupServer(options: BackupOptions & { readonly url: string }): Promise<BackupResult> {
  const { dataDir, url } = options;
  if (existsSync(options.file)) throw new ToolError(`${options.file} is there already. Name another file.`);
  const session = await openAddress(url);
  const work = mkdtempSync(join(tmpdir(), 'loam-backup-'));
  try {
    const server = await majorOf(session);
    const tool = await findTool('pg_dump', server);
    const there = (await session.rows(`select to_regclass('loam.installation') is not null`))[0]?.[0] === 't';
    if (!there) throw new ToolError('Loam is not installed in this database; back it up with pg_dump.');
    const contents = await readContents(session);
    const roles = (await session.rows(rolesText)).map(([line]) => line ?? '');
    writeFileSync(join(work, 'roles.sql'), `${roles.join('\n')}\n`, { mode: 0o600 });
    const dump = join(work, 'database.dump');
    // The dump first, then the files: a file without a row does no harm.
    const { status, err } = await run(
      tool,
      ['--format=custom', '--compress=0', '--no-password', `--file=${dump}`],
      url,
    );
    if (status !== 0) throw new ToolError(`pg_dump failed: ${lastLine(err)}`);
    const path = join(dataDir, 'secret');
    const stored = options.secret === null && existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
    const inside = stored !== null && options.withoutSecret !== true;
    const known = options.secret ?? stored;
    const manifest: Manifest = {
      format,
      version: options.version,
      engine: 'postgres',
      created_at: new Date().toISOString(),
      secret: inside ? 'inside' : known === null ? 'none' : 'outside',
      secret_mark: known === null ? null : secretMark(known),
      patterns: [...contents.patterns],
      migrations: [...contents.migrations],
      server,
    };
    const size = await writeArchive(options.file, manifest, [
      { name: 'database.dump', path: dump },
      { name: 'roles.sql', path: join(work, 'roles.sql') },
      { name: 'files', path: join(dataDir, 'files') },
      ...(inside ? [{ name: 'secret', path }] : []),
    ]);
    return { manifest, size, online: true };
  } finally {
    await session.close();
    rmSync(work, { recursive: true, force: true });
  }
}

const lastLine = (text: string): string =>
  text
    .trim()
    .split('\n')
    .filter((line) => /error|fatal/i.test(line))
    .at(0) ??
  text.trim().split('\n').at(-1) ??
  '';

const withDatabase = (url: string, name: string): string => {
  const address = new URL(url);
  address.pathname = `/${encodeURIComponent(name)}`;
  return address.href;
};

async function isEmpty(session: Session): Promise<boolean> {
  const [row] = await session.rows(
    `select not exists (
       select from pg_class where relkind in ('r', 'p', 'v', 'm')
         and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
         and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
     )`,
  );
  return row?.[0] === 't';
}

async function load(tool: string, folder: string, url: string): Promise<void> {
  const session = await openAddress(url);
  try {
    await session.exec(readFileSync(join(folder, 'roles.sql'), 'utf8'));
    const [row] = await session.rows('select current_database()');
    await session.exec(`alter database ${quoteName(row?.[0] ?? '')} set search_path to "$user", public, extensions`);
  } finally {
    await session.close();
  }
  const { status, err } = await run(
    tool,
    ['--single-transaction', '--exit-on-error', '--no-password', join(folder, 'database.dump')],
    url,
  );
  if (status !== 0) throw new ToolError(`pg_restore failed, and its work was undone: ${lastLine(err)}`);
  const opened = await openAddress(url);
  try {
    await readContents(opened);
  } finally {
    await opened.close();
  }
}

/** Beside the old database under another name, which it takes over once it has opened. */
async function loadBeside(tool: string, folder: string, url: string, name: string): Promise<void> {
  const mark = randomBytes(4).toString('hex');
  const [fresh, old] = [`${name}_restored_${mark}`, `${name}_before_${mark}`];
  const session = await openAddress(withDatabase(url, 'postgres'));
  try {
    await session.exec(`create database ${quoteName(fresh)}`);
    try {
      await load(tool, folder, withDatabase(url, fresh));
      const [busy] = await session.rows('select count(*) from pg_stat_activity where datname = $1', [name]);
      if (busy?.[0] !== '0')
        throw new ToolError(
          `${busy?.[0]} connections to ${name} are open. Stop Loam and what else uses it; nothing was changed.`,
        );
      await session.exec(`alter database ${quoteName(name)} rename to ${quoteName(old)}`);
    } catch (error) {
      await session.exec(`drop database if exists ${quoteName(fresh)}`);
      throw error;
    }
    await session.exec(`alter database ${quoteName(fresh)} rename to ${quoteName(name)}`);
    await session.exec(`drop database ${quoteName(old)}`);
  } finally {
    await session.close();
  }
}

export async function restoreServer(options: RestoreOptions & { readonly url: string }): Promise<Manifest> {
  const { url } = options;
  const manifest = await readArchive(options.file, null);
  if (manifest.engine !== 'postgres')
    throw new ToolError('This is a backup of an embedded database. Unset DATABASE_URL to restore it into a folder.');
  refuseNewer(manifest, options.version);
  checkSecret(manifest, options.secret);
  const session = await openAddress(url);
  const [server, empty, [row]] = await (async () => {
    try {
      return [await majorOf(session), await isEmpty(session), await session.rows('select current_database()')] as const;
    } finally {
      await session.close();
    }
  })();
  const name = row?.[0] ?? '';
  if (server < (manifest.server ?? 0))
    throw new ToolError(
      `This backup is of PostgreSQL ${manifest.server}, and the server is of version ${server}, which is older.`,
    );
  if (!empty && options.replace !== true)
    throw new ToolError(`The database ${name} is not empty. Restore into another one, or say --replace.`);
  const tool = await findTool('pg_restore', server);
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const parts = ['files', ...(manifest.secret === 'inside' ? ['secret'] : [])];
  if (options.replace !== true && parts.some((part) => existsSync(join(options.dataDir, part))))
    throw new ToolError(
      `${options.dataDir} holds files or a secret of another installation. Set LOAM_DATA_DIR to another folder, or say --replace.`,
    );
  await restoreParts(options, parts, async (folder) =>
    empty ? await load(tool, folder, url) : await loadBeside(tool, folder, url, name),
  );
  return manifest;
}

// The only reader of the environment: one schema, parsed once, frozen, passed on as a value.
import { readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));
const databaseUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://');

const settings = z.object({
  PORT: port.default(3210),
  HOST: z.string().min(1).default('127.0.0.1'),
  LOAM_DATA_DIR: z.string().min(1).default('.loam'),
  LOAM_SECRET: z.string().min(32, 'needs at least 32 characters').optional(),
  LOAM_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  LOAM_SIGNUP: z.enum(['open', 'closed']).default('open'),
  LOAM_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  LOAM_KEEP_LOGS_MONTHS: z.coerce.number().int().min(1).max(1200).optional(),
  LOAM_ARCHIVE_AFTER_DAYS: z.coerce.number().int().min(1).max(36500).optional(),
  DATABASE_URL: databaseUrl.optional(),
  LOAM_ADMIN_DATABASE_URL: databaseUrl.optional(),
  SUPABASE_URL: url.optional(),
  SUPABASE_ANON_KEY: z.string().min(1).optional(),
  SUPABASE_JWT_SECRET: z.string().min(32).optional(),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: url.default('https://api.openai.com/v1'),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  OLLAMA_BASE_URL: url.default('http://127.0.0.1:11434'),
});

type Settings = z.infer<typeof settings>;
export type Config = Readonly<Settings> & { readonly dataDir: string };

/** Names whose values must never be shown, whatever goes wrong. */
const secretNames = new Set([
  'LOAM_SECRET',
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'SUPABASE_JWT_SECRET',
  'DATABASE_URL',
  'LOAM_ADMIN_DATABASE_URL',
]);
/** `LOAM_*` names that belong to scripts and tests, not to the server. */
const otherNames = new Set(['LOAM_TEST_SKIP']);

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Each setting may be given as `<NAME>_FILE`, the path of a file that holds it (Docker and Kubernetes secrets). */
function withFiles(env: NodeJS.ProcessEnv): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of Object.keys(settings.shape)) {
    const direct = env[name];
    const path = env[`${name}_FILE`];
    if (direct !== undefined && path !== undefined) throw new ConfigError(`Set ${name} or ${name}_FILE, not both.`);
    if (direct !== undefined && direct !== '') values[name] = direct;
    if (path !== undefined) {
      try {
        values[name] = readFileSync(path, 'utf8').trim();
      } catch {
        throw new ConfigError(`${name}_FILE names a file that cannot be read.`);
      }
    }
  }
  return values;
}

/** Throws ConfigError with one line a problem; no value of a secret is ever in it. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const known = new Set(Object.keys(settings.shape).flatMap((name) => [name, `${name}_FILE`]));
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('LOAM_') && !known.has(name) && !otherNames.has(name),
  );
  if (unknown.length > 0)
    throw new ConfigError(`Unknown setting: ${unknown.join(', ')}. The known ones are in .env.example.`);
  const parsed = settings.safeParse(withFiles(env));
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return secretNames.has(name) ? `${name} is not valid.` : `${name}: ${issue.message}`;
    });
    throw new ConfigError(lines.join('\n'));
  }
  return Object.freeze({ ...parsed.data, dataDir: resolve(parsed.data.LOAM_DATA_DIR) });
}

/** Folders that programs are looked for in. */
export const searchPath = (): readonly string[] => (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);

/** What a program that is started from here gets to know: our environment without our secrets, and `more`. */
export const childEnvironment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !secretNames.has(name))),
  ...more,
});

// `loam doctor`: looks at everything that a start depends on and says what to do. Shows no secret. Exit code 1 when ill.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Config, readConfig } from '../core/config.ts';
import { targetOf } from '../schema/open.ts';
import { readStatus } from '../schema/status.ts';
import { alone, findServer, type Running } from './locked.ts';
import { describeSchema } from './schema-status.ts';

interface Finding {
  readonly well: boolean;
  readonly about: string;
  readonly lines: readonly string[];
}
const well = (about: string, ...lines: string[]): Finding => ({ well: true, about, lines });
const ill = (about: string, ...lines: string[]): Finding => ({ well: false, about, lines });
const sentence = (error: unknown): string[] => (error instanceof Error ? error.message : String(error)).split('\n');

/** The address without what stands between user and host. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password !== '') url.password = '***';
  return url.href;
}

function checkTarget(config: Config): Finding {
  if (config.DATABASE_URL !== undefined)
    return well(
      'target',
      `${config.SUPABASE_URL === undefined ? 'PostgreSQL' : 'Supabase'}: ${withoutPassword(config.DATABASE_URL)}`,
    );
  let folder = config.dataDir;
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return well(
      'target',
      `embedded database in ${config.dataDir}${folder === config.dataDir ? '' : ', which the first start makes'}`,
    );
  } catch {
    return ill('target', `${folder} cannot be written to. Give it to this user, or set LOAM_DATA_DIR.`);
  }
}

async function checkSchema(config: Config, server: Running | null): Promise<Finding> {
  if (server !== null)
    return well('schema', `in use by the server; brought up to version ${server.version} when it started`);
  if (config.DATABASE_URL === undefined && !existsSync(config.dataDir))
    return well('schema', 'the first start installs it');
  try {
    const status = await alone(config, () => readStatus(targetOf(config)));
    return well('schema', ...describeSchema(status));
  } catch (error) {
    return ill('schema', ...sentence(error));
  }
}

async function checkModels(config: Config): Promise<Finding> {
  const ollama = await fetch(`${config.OLLAMA_BASE_URL}/api/version`, { signal: AbortSignal.timeout(2_000) }).catch(
    () => null,
  );
  return well(
    'models',
    'loam/extractive: built in, answers from your documents',
    `OpenAI or compatible (${config.OPENAI_BASE_URL}): ${config.OPENAI_API_KEY === undefined ? 'no key; set OPENAI_API_KEY' : 'key is set'}`,
    `Anthropic: ${config.ANTHROPIC_API_KEY === undefined ? 'no key; set ANTHROPIC_API_KEY' : 'key is set'}`,
    `Ollama (${config.OLLAMA_BASE_URL}): ${ollama?.ok === true ? 'answers' : 'does not answer'}`,
  );
}

export async function doctor(say: (line: string) => void): Promise<number> {
  const findings: Finding[] = [well('node', process.version)];
  try {
    const config = readConfig();
    const server = config.DATABASE_URL === undefined ? await findServer(config).catch(() => null) : null;
    findings.push(
      well('settings', 'all are valid'),
      checkTarget(config),
      well(
        'server',
        server === null ? 'none runs on this data' : `${server.state} ${server.address} (process ${server.pid})`,
      ),
      await checkSchema(config, server),
      await checkModels(config),
    );
  } catch (error) {
    findings.push(ill('settings', ...sentence(error)));
  }
  for (const finding of findings) {
    const [first = '', ...more] = finding.lines;
    say(`${finding.well ? 'ok ' : 'ILL'}  ${finding.about.padEnd(8)}  ${first}`);
    for (const line of more) say(`${' '.repeat(15)}${line}`);
  }
  return findings.every((finding) => finding.well) ? 0 : 1;
}

// What people see and change of themselves, and what a page must know before anybody has signed in.
import type { Me, MeChanges, Setup } from '../../contract/profiles.ts';
import { me as meShape } from '../../contract/profiles.ts';
import type { Config } from '../../core/config.ts';
import { type Claims, type Database, DatabaseError, type Installed } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { changePreferences, getMe, hasAccounts, type MeRow, renameMe } from './queries.ts';

/** Rooms of the web application → the pattern that each needs. */
const patternOf = {
  chat: 'chat',
  documents: 'rag',
  prompts: 'prompts',
  models: 'models',
  usage: 'ai-usage',
  images: 'images',
  organizations: 'multi-tenant',
  search: 'rag',
} as const;

export function listFeatures(installed: Installed): Record<string, boolean> {
  const rooms = Object.entries(patternOf).map(([room, pattern]) => [room, installed.patterns.has(pattern)] as const);
  return { ...Object.fromEntries(rooms), vectors: installed.vectors };
}

const present = (row: MeRow, installed: Installed): Me => meShape.parse({ ...row, features: listFeatures(installed) });

/** Throws `not_found` for a verified caller whose account is gone. */
export async function readMe(db: Database, claims: Claims): Promise<Me> {
  const [row] = await db.asUser(claims, getMe());
  if (row === undefined) throw new AppError('not_found');
  return present(row, db.installed);
}

export async function changeMe(db: Database, claims: Claims, changes: MeChanges): Promise<Me> {
  const { display_name, theme, default_model } = changes;
  const settings = Object.entries(changes.settings ?? {});
  const preferences = changePreferences({
    theme: theme ?? null,
    set_default_model: default_model !== undefined,
    default_model: default_model ?? null,
    settings: Object.fromEntries(settings.filter(([, value]) => value !== null)),
    removed: settings.filter(([, value]) => value === null).map(([key]) => key),
  });
  const rename = display_name === undefined ? [] : [renameMe({ display_name })];
  try {
    return await db.asUser(claims, async (tx) => {
      await tx.batch([...rename, preferences]);
      return present(await tx.one(getMe()), db.installed);
    });
  } catch (error) {
    // The merged settings are over the table's limit; each alone was not.
    if (error instanceof DatabaseError && error.sqlState === '23514') {
      throw new AppError('invalid_request', {
        details: [{ field: 'settings', problem: 'are too large together' }],
        cause: error,
      });
    }
    throw error;
  }
}

interface SetupDeps {
  readonly db: Database;
  readonly config: Pick<Config, 'DATABASE_URL' | 'SUPABASE_URL' | 'SUPABASE_ANON_KEY' | 'LOAM_SIGNUP'>;
  readonly setupCode: string | null;
}

/** Once there is an account the database is not asked again. */
export function createSetup({ db, config, setupCode }: SetupDeps): () => Promise<Setup> {
  const isSupabase = config.DATABASE_URL !== undefined && config.SUPABASE_URL !== undefined;
  let hasAny = false;
  return async () => {
    if (!hasAny) hasAny = (await db.asService('auth', hasAccounts()))[0]?.has_accounts === true;
    return {
      needs_first_account: !hasAny,
      needs_setup_code: !hasAny && !isSupabase && setupCode !== null,
      signup: hasAny ? config.LOAM_SIGNUP : 'open',
      mail: false,
      auth_url: isSupabase ? `${config.SUPABASE_URL}/auth/v1` : '/auth/v1',
      auth_key: isSupabase ? (config.SUPABASE_ANON_KEY ?? '') : 'loam',
    };
  };
}

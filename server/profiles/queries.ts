// Every SQL statement on profiles and preferences, under the caller's own rights.
import { json, type Row, statement } from '../../core/statement.ts';

export const getMe = statement({
  name: 'profiles_get_me',
  text: `
    select
      profile.id,
      profile.email,
      profile.display_name,
      profile.avatar_url,
      profile.role,
      preferences.theme,
      preferences.default_model,
      preferences.settings
    from user_profiles as profile
    join user_preferences as preferences on preferences.user_id = profile.id
    where profile.id = (select auth.uid())`,
  columns: {
    id: 'uuid',
    email: 'text?',
    display_name: 'text?',
    avatar_url: 'text?',
    role: 'text',
    theme: 'text',
    default_model: 'text?',
    settings: json<Record<string, unknown>>(),
  },
});
export type MeRow = Row<typeof getMe>;

export const renameMe = statement({
  name: 'profiles_rename_me',
  text: 'update user_profiles set display_name = $1 where id = (select auth.uid())',
  params: { display_name: 'text?' },
});

/** Each `set_…` says whether its value counts. Settings are merged, and the keys in `removed` go. */
export const changePreferences = statement({
  name: 'profiles_change_preferences',
  text: `
    update user_preferences
    set
      theme = coalesce($1, theme),
      default_model = case when $2 then $3 else default_model end,
      settings = (settings || $4) - $5::text[]
    where user_id = (select auth.uid())`,
  params: { theme: 'text?', set_default_model: 'bool', default_model: 'text?', settings: 'jsonb', removed: 'text[]' },
});

export const hasAccounts = statement({
  name: 'profiles_has_accounts',
  text: 'select loam.has_accounts() as has_accounts',
  columns: { has_accounts: 'bool' },
});

export const isAdmin = statement({
  name: 'profiles_is_admin',
  text: 'select loam.is_admin() as is_admin',
  columns: { is_admin: 'bool' },
});

const shownColumns = {
  id: 'uuid',
  email: 'text?',
  display_name: 'text?',
  role: 'text',
  monthly_token_quota: 'int8?',
  monthly_cost_quota_usd: 'numeric?',
  total_tokens_used: 'int8',
  total_cost_usd: 'numeric',
  last_sign_in: 'timestamptz?',
  banned_until: 'timestamptz?',
  created_at: 'timestamptz',
} as const;
const selectShown = Object.keys(shownColumns).join(', ');

/** Under the caller's rights: an administrator sees all, anybody else himself. */
export const listProfiles = statement({
  name: 'profiles_list',
  text: `
    select ${selectShown}
    from user_profiles
    where $1::timestamptz is null or (created_at, id) < ($1, $2::uuid)
    order by created_at desc, id desc
    limit $3::int4`,
  params: { before_time: 'timestamptz?', before_id: 'uuid?', limit: 'int4' },
  columns: shownColumns,
});

/** As the accounts service, which alone may; the administrator's role is asked for in the same statement. */
export const changeProfile = statement({
  name: 'profiles_change',
  text: `
    update user_profiles
    set
      role = coalesce($3, role),
      monthly_token_quota = case when $4 then $5 else monthly_token_quota end,
      monthly_cost_quota_usd = case when $6 then $7 else monthly_cost_quota_usd end
    where id = $2
      and exists (select from user_profiles as administrator where administrator.id = $1 and administrator.role = 'admin')
    returning ${selectShown}`,
  params: {
    administrator: 'uuid',
    id: 'uuid',
    role: 'text?',
    set_tokens: 'bool',
    monthly_token_quota: 'int8?',
    set_cost: 'bool',
    monthly_cost_quota_usd: 'numeric?',
  },
  columns: shownColumns,
});

export const noteChange = statement({
  name: 'profiles_note_change',
  text: `
    insert into audit_logs (user_id, action, resource_type, resource_id, metadata)
    values ($1, 'change_profile', 'account', $2, $3)`,
  params: { user_id: 'uuid', id: 'uuid', changes: 'jsonb' },
});

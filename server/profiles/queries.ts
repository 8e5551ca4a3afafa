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

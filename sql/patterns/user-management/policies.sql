-- Who may do what with profiles. Roles, quotas and totals confer power: people have no UPDATE grant on them.
alter table user_profiles enable row level security;
alter table user_preferences enable row level security;
alter table user_metadata enable row level security;
alter table user_sessions enable row level security;
alter table social_connections enable row level security;
alter table achievements enable row level security;
alter table user_achievements enable row level security;
alter table activity_logs enable row level security;
alter table notifications enable row level security;
alter table user_follows enable row level security;

create policy "people see their own profile, administrators all" on user_profiles
  for select to authenticated using (id = (select auth.uid()) or (select loam.is_admin()));
create policy "people change their own profile" on user_profiles
  for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()));
create policy "accounts service reads profiles" on user_profiles
  for select to loam_auth using (true);
create policy "accounts service gives roles and quotas" on user_profiles
  for update to loam_auth using (true) with check (true);
create policy "ledger reads quotas" on user_profiles
  for select to loam_ledger using (true);
create policy "ledger counts" on user_profiles
  for update to loam_ledger using (true) with check (true);

create policy "people see their own preferences" on user_preferences
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people change their own preferences" on user_preferences
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

create policy "people see their own metadata" on user_metadata
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people add their own metadata" on user_metadata
  for insert to authenticated with check (user_id = (select auth.uid()));
create policy "people change their own metadata" on user_metadata
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove their own metadata" on user_metadata
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see where they are signed in" on user_sessions
  for select to authenticated using (user_id = (select auth.uid()));
create policy "maintenance removes old sessions" on user_sessions
  for select to loam_maintenance using (ended_at is not null);
create policy "maintenance deletes old sessions" on user_sessions
  for delete to loam_maintenance using (ended_at is not null);

create policy "people see their own connections" on social_connections
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people remove their own connections" on social_connections
  for delete to authenticated using (user_id = (select auth.uid()));
create policy "accounts service connects" on social_connections
  for all to loam_auth using (true) with check (true);

create policy "everybody signed in sees what can be achieved" on achievements
  for select to authenticated using (true);
create policy "maintenance keeps achievements" on achievements
  for all to loam_maintenance using (true) with check (true);
create policy "people see their own achievements" on user_achievements
  for select to authenticated using (user_id = (select auth.uid()));
create policy "maintenance awards achievements" on user_achievements
  for all to loam_maintenance using (true) with check (true);

create policy "people see what they did" on activity_logs
  for select to authenticated using (user_id = (select auth.uid()));
create policy "services write activity" on activity_logs
  for insert to loam_auth, loam_maintenance, loam_ledger with check (true);

create policy "people see their own notifications" on notifications
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people mark their own notifications" on notifications
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove their own notifications" on notifications
  for delete to authenticated using (user_id = (select auth.uid()));
create policy "services notify" on notifications
  for insert to loam_auth, loam_maintenance, loam_ledger, loam_ingest with check (true);

create policy "people see whom they follow and who follows them" on user_follows
  for select to authenticated using ((select auth.uid()) in (follower_id, following_id));
create policy "people follow" on user_follows
  for insert to authenticated with check (follower_id = (select auth.uid()));
create policy "people stop following" on user_follows
  for delete to authenticated using (follower_id = (select auth.uid()));

grant select on user_profiles, user_preferences, user_metadata, user_sessions, social_connections, achievements,
  user_achievements, activity_logs, notifications, user_follows to authenticated;
grant update (display_name, full_name, avatar_url, metadata) on user_profiles to authenticated;
grant update (default_model, theme, settings) on user_preferences to authenticated;
grant insert (user_id, key, value), update (value), delete on user_metadata to authenticated;
grant delete on social_connections to authenticated;
grant update (read_at), delete on notifications to authenticated;
grant insert (follower_id, following_id), delete on user_follows to authenticated;

grant select on user_profiles to loam_auth;
grant update (role, monthly_token_quota, monthly_cost_quota_usd) on user_profiles to loam_auth;
grant select (id, monthly_token_quota, monthly_cost_quota_usd, total_tokens_used, total_cost_usd),
  update (total_tokens_used, total_cost_usd) on user_profiles to loam_ledger;
grant select, insert, update, delete on social_connections to loam_auth;
grant select (id, user_id, ended_at), delete on user_sessions to loam_maintenance;
grant select, insert, update, delete on achievements, user_achievements to loam_maintenance;
grant insert on activity_logs to loam_auth, loam_maintenance, loam_ledger;
grant insert on notifications to loam_auth, loam_maintenance, loam_ledger, loam_ingest;

-- Supabase's realtime.
select loam.publish_changes('public.notifications');

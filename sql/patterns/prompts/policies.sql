-- People write their prompts, questions, answers and cases; versions are written once, results by the service that ran
-- them, counts by triggers. What is public or published is read by everybody signed in, by visitors where that is allowed.
alter table prompts enable row level security;
alter table prompt_versions enable row level security;
alter table prompt_labels enable row level security;
alter table prompt_questions enable row level security;
alter table prompt_answers enable row level security;
alter table test_cases enable row level security;
alter table test_results enable row level security;
alter table prompt_templates enable row level security;
alter table template_likes enable row level security;
alter table user_favorites enable row level security;

create policy "people see their own prompts and public ones" on prompts
  for select to authenticated using (user_id = (select auth.uid()) or is_public);
create policy "visitors see public prompts where that is allowed" on prompts
  for select to anon using (is_public and (select loam.visitors_may_read_prompts()));
-- Not for an organization: the tenant would be whatever id is given, another person's included.
create policy "people write their own prompts" on prompts
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people change their own prompts" on prompts
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove their own prompts" on prompts
  for delete to authenticated using (user_id = (select auth.uid()));
create policy "ledger knows whose prompts are" on prompts
  for select to loam_ledger using (true);
create policy "maintenance: purge prompts" on prompts
  for all to loam_maintenance using (deleted_at is not null);

create policy "people see their own versions and published ones" on prompt_versions
  for select to authenticated using (user_id = (select auth.uid()) or is_published);
create policy "people keep versions of their own prompts" on prompt_versions
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);

create policy "people see labels of their own prompts" on prompt_labels
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people label their own prompts" on prompt_labels
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people move labels of their own prompts" on prompt_labels
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people take labels from their own prompts" on prompt_labels
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see questions of their own prompts" on prompt_questions
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people write questions of their own prompts" on prompt_questions
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people change questions of their own prompts" on prompt_questions
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove questions of their own prompts" on prompt_questions
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see their own answers" on prompt_answers
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people answer for their own prompts" on prompt_answers
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people change their own answers" on prompt_answers
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove their own answers" on prompt_answers
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see test cases of their own prompts" on test_cases
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people write test cases of their own prompts" on test_cases
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people change test cases of their own prompts" on test_cases
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove test cases of their own prompts" on test_cases
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see results of their own tests" on test_results
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people remove results of their own tests" on test_results
  for delete to authenticated using (user_id = (select auth.uid()));
create policy "ledger writes results" on test_results
  for insert to loam_ledger with check (true);

create policy "people see published templates and their own" on prompt_templates
  for select to authenticated using (user_id = (select auth.uid()) or is_published);
create policy "visitors see published templates where that is allowed" on prompt_templates
  for select to anon using (is_published and (select loam.visitors_may_read_prompts()));
create policy "people publish their own prompts" on prompt_templates
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people change what they published" on prompt_templates
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove what they published" on prompt_templates
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see what they like" on template_likes
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people like what is published" on template_likes
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and exists (select from prompt_templates as t where t.id = template_likes.template_id and t.is_published)
  );
create policy "people take a like back" on template_likes
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see their own favourites" on user_favorites
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people keep favourites that they can see" on user_favorites
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and exists (select from prompt_templates as t where t.id = user_favorites.template_id)
  );
create policy "people drop favourites" on user_favorites
  for delete to authenticated using (user_id = (select auth.uid()));

grant select, delete on prompts, prompt_labels, prompt_questions, prompt_answers, test_cases, test_results, prompt_templates,
  template_likes, user_favorites to authenticated;
grant select on prompt_versions to authenticated;
grant insert (
  id, user_id, organization_id, title, goal, template, system_prompt, assistant_template, variables, is_public, gated_labels,
  source_template_id, metadata
) on prompts to authenticated;
grant update (
  title, goal, template, system_prompt, assistant_template, variables, is_public, gated_labels, metadata, deleted_at
) on prompts to authenticated;
grant insert (id, prompt_id, title, goal, system_prompt, user_template, assistant_template, variables, note, metadata)
  on prompt_versions to authenticated;
grant insert (prompt_id, label, version_id, user_id, organization_id), update (version_id) on prompt_labels to authenticated;
grant insert (
  id, prompt_id, user_id, organization_id, question_id, question_text, help, kind, options, required, default_answer, position,
  condition, metadata
) on prompt_questions to authenticated;
grant update (question_id, question_text, help, kind, options, required, default_answer, position, condition, metadata)
  on prompt_questions to authenticated;
grant insert (id, prompt_id, version_id, user_id, organization_id, question_id, question_text, answer), update (answer)
  on prompt_answers to authenticated;
grant insert (
  id, prompt_id, user_id, organization_id, name, variable_values, expectations, source_message_id, enabled, position, metadata
) on test_cases to authenticated;
grant update (name, variable_values, expectations, enabled, position, metadata) on test_cases to authenticated;
grant insert (id, prompt_id, version_id, category, tags, is_published) on prompt_templates to authenticated;
grant update (version_id, category, tags, is_published) on prompt_templates to authenticated;
grant insert (template_id, user_id) on template_likes, user_favorites to authenticated;

grant select (id, title, goal, template, system_prompt, assistant_template, variables, is_public, created_at, updated_at)
  on prompts to anon;
grant select (
  id, prompt_id, version_id, category, tags, is_published, title, goal, template, system_prompt, assistant_template, variables,
  questions, likes_count, uses_count, created_at, updated_at
) on prompt_templates to anon;

grant select (id, user_id, organization_id) on prompts to loam_ledger;
grant insert on test_results to loam_ledger;
grant select (id, user_id, deleted_at), delete on prompts to loam_maintenance;

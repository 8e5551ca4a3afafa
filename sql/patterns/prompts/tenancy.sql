-- Prompts of an organization: read by its members, written by who is at least a member, published to everybody by who
-- manages it, and seen no more by those who left. What hangs below a prompt has its organization through the key.
alter table prompts add foreign key (organization_id) references organizations (id) on delete cascade;
create index prompts_organization_id_idx on prompts (organization_id) where organization_id is not null;

alter policy "people see their own prompts and public ones" on prompts
  using (tenant_id = any (array(select loam.my_tenant_ids())) or is_public);
alter policy "people write their own prompts" on prompts
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people change their own prompts" on prompts
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))))
  with check (tenant_id = any (array(select loam.my_tenant_ids('member'))));
-- A member removes what he began, who manages the organization everything.
alter policy "people remove their own prompts" on prompts
  using (
    tenant_id = any (array(select loam.my_tenant_ids('admin')))
    or (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
  );

alter policy "people see their own versions and published ones" on prompt_versions
  using (tenant_id = any (array(select loam.my_tenant_ids())) or is_published);
-- A version belongs to whoever its prompt belongs to.
alter policy "people keep versions of their own prompts" on prompt_versions
  with check (tenant_id = any (array(select loam.my_tenant_ids('member'))));

alter policy "people see labels of their own prompts" on prompt_labels
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people label their own prompts" on prompt_labels
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people move labels of their own prompts" on prompt_labels
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))))
  with check (tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people take labels from their own prompts" on prompt_labels
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))));

alter policy "people see questions of their own prompts" on prompt_questions
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people write questions of their own prompts" on prompt_questions
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people change questions of their own prompts" on prompt_questions
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))))
  with check (tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people remove questions of their own prompts" on prompt_questions
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))));

alter policy "people see their own answers" on prompt_answers
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people answer for their own prompts" on prompt_answers
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people change their own answers" on prompt_answers
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))))
  with check (tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people remove their own answers" on prompt_answers
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))));

alter policy "people see test cases of their own prompts" on test_cases
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people write test cases of their own prompts" on test_cases
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people change test cases of their own prompts" on test_cases
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))))
  with check (tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people remove test cases of their own prompts" on test_cases
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))));

alter policy "people see results of their own tests" on test_results
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people remove results of their own tests" on test_results
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))));

alter policy "people see published templates and their own" on prompt_templates
  using (tenant_id = any (array(select loam.my_tenant_ids())) or is_published);
alter policy "people publish their own prompts" on prompt_templates
  with check (tenant_id = any (array(select loam.my_tenant_ids('admin'))));
alter policy "people change what they published" on prompt_templates
  using (tenant_id = any (array(select loam.my_tenant_ids('admin'))))
  with check (tenant_id = any (array(select loam.my_tenant_ids('admin'))));
alter policy "people remove what they published" on prompt_templates
  using (tenant_id = any (array(select loam.my_tenant_ids('admin'))));

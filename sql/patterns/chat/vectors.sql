-- Search by meaning in messages: one row a message and model, so that a new model is built beside the old one.
-- Exact search inside the tenant by default; see docs on indexing for when an approximate index pays.
create table message_embeddings (
  message_id uuid not null references messages (id) on delete cascade,
  model text not null,
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null,
  -- Any dimension; searched exactly unless an expression index for one model says otherwise.
  embedding extensions.vector not null,
  created_at timestamptz not null default now(),
  primary key (message_id, model)
);
create index message_embeddings_user_id_idx on message_embeddings (user_id);
create index message_embeddings_tenant_id_idx on message_embeddings (tenant_id, model);
alter table message_embeddings enable row level security;
create policy "people read embeddings of messages they may read" on message_embeddings
  for select to authenticated using (user_id = (select auth.uid()) or loam.may_read_message(message_id));
create policy "ingest writes embeddings" on message_embeddings
  for all to loam_ingest using (true) with check (true);
grant select on message_embeddings to authenticated;
grant select, insert, update, delete on message_embeddings to loam_ingest;

-- People see and bin their own pictures; what made them, how long it took and what it cost is written by the service that
-- asked the model. Who may read the bytes is said where the buckets are, in foundation.
alter table generated_images enable row level security;

create policy "people see their own pictures" on generated_images
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people bin their own pictures" on generated_images
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "answers: write pictures" on generated_images
  for insert to loam_answer with check (true);
create policy "maintenance: purge pictures" on generated_images
  for all to loam_maintenance using (deleted_at is not null);

grant select, update (metadata, deleted_at) on generated_images to authenticated;
grant insert on generated_images to loam_answer;
grant select (id, storage_path, deleted_at), delete on generated_images to loam_maintenance;

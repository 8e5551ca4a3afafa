-- needs: foundation, user-management
-- Pictures that models made. The bytes are in the private bucket `images`; a row says how they came about and what they cost.

create table generated_images (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  conversation_id uuid,
  message_id uuid,
  prompt text not null check (char_length(prompt) between 1 and 32000),
  -- What the model says it made of the prompt.
  revised_prompt text,
  negative_prompt text check (char_length(negative_prompt) <= 32000),
  provider text not null,
  model text not null,
  -- A name in bucket `images`: <user id>/<random>.<format>.
  storage_path text not null unique,
  width integer check (width > 0),
  height integer check (height > 0),
  dimensions text generated always as (width::text || 'x' || height::text) stored,
  format text not null default 'png' check (format in ('png', 'jpeg', 'webp')),
  file_size bigint check (file_size >= 0),
  seed bigint,
  generation_time_ms integer check (generation_time_ms >= 0),
  -- Null means that no price is known.
  cost_usd numeric(24, 15) check (cost_usd >= 0),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- In the trash since.
  deleted_at timestamptz
);
create index generated_images_user_id_idx on generated_images (user_id, created_at desc, id desc);
create index generated_images_tenant_id_idx on generated_images (tenant_id, created_at desc);
create index generated_images_conversation_id_idx on generated_images (conversation_id);
create index generated_images_message_id_idx on generated_images (message_id);
create index generated_images_deleted_at_idx on generated_images (deleted_at) where deleted_at is not null;

-- Where chat is installed, its rows are pointed at.
do $$
begin
  if to_regclass('public.conversations') is not null then
    alter table public.generated_images
      add foreign key (conversation_id) references public.conversations (id) on delete set null,
      add foreign key (message_id) references public.messages (id) on delete set null;
  end if;
end
$$;

-- needs: foundation, user-management, chat, rag, prompts
-- One ranked list over messages, prompts and documents. Passages of documents have their index in rag; here is the same for
-- messages and prompts: weights of BM25 that are set when a text is stored, and counts that are kept per tenant.

-- One row for each message and prompt that can be found; `id` is that row's. Never changed: what is edited gets a new one.
-- loam-ignore: general-uuid-default: the id is that of the message or prompt
create table search_entries (
  id uuid primary key,
  kind text not null check (kind in ('message', 'prompt')),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  conversation_id uuid,
  -- The text search configuration that its terms were made with.
  language text not null check (language in ('english', 'simple')),
  created_at timestamptz not null default now()
);
create index search_entries_user_id_idx on search_entries (user_id);
create index search_entries_tenant_id_idx on search_entries (tenant_id);

-- The inverted index: how much a lexeme weighs in a text. Written by triggers alone, so it has no foreign key, which would
-- look up the entry again for each of its terms.
create table search_terms (
  tenant_id uuid not null,
  lexeme text collate "C" not null,
  entry_id uuid not null,
  weight real not null,
  frequency smallint not null,
  -- The scan of a question reads this index only.
  primary key (tenant_id, lexeme, entry_id) include (weight)
);
create index search_terms_entry_id_idx on search_terms (entry_id);

-- In how many texts of a tenant a lexeme stands. Per tenant, so that nobody's vocabulary shows in another's ranking.
create table search_term_statistics (
  tenant_id uuid not null,
  lexeme text collate "C" not null,
  entry_count integer not null,
  primary key (tenant_id, lexeme)
);

-- How many texts a tenant has in a language, and how many terms they have together.
create table search_statistics (
  tenant_id uuid not null,
  language text not null,
  entry_count bigint not null,
  term_count bigint not null default 0,
  primary key (tenant_id, language)
);

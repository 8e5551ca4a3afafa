-- Which embedding model is in use. Embeddings are comparable only to those of the same model; those of the next one are
-- made beside them, and then this is changed: `parameters -> 'model'` of loam.installation.
create or replace function loam.active_embedding_model()
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(
    (select parameters ->> 'model' from loam.installation),
    /*=model*/ 'openai/text-embedding-3-small'
  )
$$;
revoke execute on function loam.active_embedding_model() from public;
grant execute on function loam.active_embedding_model() to authenticated, loam_ingest;

// Many rows of many people in the main tables, made in the database itself: for plans and times of reading one's own. Person
// p has the id 00000000-0000-4000-8000-<p>, his n-th row in every table the id <p>-0000-4000-8000-<n>.

/** Runs one statement or several as superuser. */
export type Exec = (text: string) => Promise<unknown>;

/** What each row says beside its key and owner, as SQL over `p` (person) and `n` (row of the person). */
const columns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  conversations: { id: 'row_id', user_id: 'person', title: `'Talk ' || n` },
  conversation_participants: { conversation_id: 'row_id', user_id: 'person', role: `'owner'` },
  messages: {
    id: 'row_id',
    conversation_id: 'row_id',
    user_id: 'person',
    owner_id: 'person',
    role: `'user'`,
    content: `'What of ' || n`,
  },
  message_citations: {
    ...{ message_id: 'row_id', position: '1', user_id: 'person', tenant_id: 'person', document_id: 'row_id' },
    ...{ document_name: `'x'`, start_offset: '0', end_offset: '1', passage: `'x'` },
  },
  message_reactions: { message_id: 'row_id', user_id: 'person', tenant_id: 'person', reaction: `'+'` },
  stream_chunks: { message_id: 'row_id', seq: '0', user_id: 'person', tenant_id: 'person', events: `'[]'` },
  conversation_collections: { conversation_id: 'row_id', collection_id: 'row_id', tenant_id: 'person' },
  typing_indicators: { conversation_id: 'row_id', user_id: 'person' },
  message_feedback: { message_id: 'row_id', user_id: 'person', rating: `'up'` },
  system_prompt_templates: { id: 'row_id', user_id: 'person', name: `'Tone ' || n`, content: `'Be brief.'` },
  document_collections: { id: 'row_id', user_id: 'person', name: `'Shelf ' || n` },
  documents: {
    ...{ id: 'row_id', user_id: 'person', original_name: `'a.txt'`, storage_path: `person || '/' || n` },
    ...{ mime_type: `'text/plain'`, file_size: '1', processing_status: `'completed'` },
  },
  document_pages: { document_id: 'row_id', page_index: '0', user_id: 'person', content: `'Page'` },
  document_chunks: {
    ...{ id: 'row_id', document_id: 'row_id', user_id: 'person', chunk_index: '0', page_index: '0' },
    ...{ start_offset: '0', end_offset: '4', content: `'Page'` },
  },
  retrieval_logs: {
    ...{ user_id: 'person', question: `'what'`, method: `'keyword'`, result_count: '0' },
    ...{ chunk_ids: `'{}'`, duration_ms: '1' },
  },
  api_keys: { id: 'row_id', user_id: 'person', name: `'key'`, key_hash: 'row_id::text', key_prefix: `'lk'` },
  audit_logs: { user_id: 'person', action: `'x'` },
  user_metadata: { user_id: 'person', key: `'k' || n`, value: `'1'` },
  notifications: { id: 'row_id', user_id: 'person', type: `'x'`, title: `'x'` },
  activity_logs: { user_id: 'person', action: `'x'` },
  user_sessions: { id: 'row_id', user_id: 'person', session_id: 'row_id' },
  prompts: { id: 'row_id', user_id: 'person', title: `'Prompt ' || n`, goal: `'Goal'` },
  prompt_versions: {
    ...{
      id: 'row_id',
      prompt_id: 'row_id',
      user_id: 'person',
      version: '1',
      title: `'x'`,
      goal: `'x'`,
      system_prompt: `''`,
    },
    ...{ user_template: `'x'`, assistant_template: `''`, variables: `'[]'`, questions: `'[]'` },
  },
  test_results: {
    ...{ id: 'row_id', prompt_id: 'row_id', user_id: 'person', model: `'m'`, temperature: '0' },
    ...{ resolved_prompt: `'x'` },
  },
  user_favorites: { user_id: 'person', template_id: 'row_id' },
  template_likes: { user_id: 'person', template_id: 'row_id' },
  generated_images: {
    ...{ id: 'row_id', user_id: 'person', prompt: `'x'`, provider: `'p'`, model: `'m'` },
    ...{ storage_path: `person || '/' || n` },
  },
  search_entries: { id: 'row_id', user_id: 'person', kind: `'message'`, language: `'english'` },
  usage_logs: {
    ...{ user_id: 'person', request_id: `'r'`, action: `'chat'`, provider: `'p'`, model: `'m'` },
    ...{ latency_ms: '1', status: `'completed'` },
  },
};

/** Whoever reads keys reads these columns. */
export const readable = (table: string): string => (table === 'api_keys' ? 'id, name, scopes' : '*');

/** Tables of which everybody has `each` rows. */
export const ownedTables = Object.keys(columns);

const personId = (p: string): string => `('00000000-0000-4000-8000-' || lpad((${p})::text, 12, '0'))::uuid`;
export const person = (p: number): string => `00000000-0000-4000-8000-${String(p).padStart(12, '0')}`;

/** `people` accounts with a profile and an organization each ten of them, and `each` rows of everybody in every table. Analysed. */
export async function fillOwned(exec: Exec, people: number, each: number): Promise<void> {
  // Neither triggers nor keys: what they would do to these rows is none of the policies' business.
  await exec(`set session_replication_role = replica`);
  await exec(`
    insert into auth.users (id, email) select ${personId('p')}, 'p' || p || '@example.com' from generate_series(1, ${people}) as p;
    insert into user_profiles (id, email) select id, email from auth.users;
    insert into organizations (id, name) select ${personId('p * 1000000')}, 'Company ' || p from generate_series(1, ${people / 10}) as p;
    insert into organization_members (organization_id, user_id, role)
    select ${personId('((p + 9) / 10) * 1000000')}, ${personId('p')}, 'member' from generate_series(1, ${people}) as p;`);
  for (const [table, values] of Object.entries(columns)) {
    await exec(`
      insert into ${table} (${Object.keys(values).join(', ')})
      select ${Object.values(values).join(', ')}
      from (
        select n, ${personId('p')} as person, (lpad(p::text, 8, '0') || '-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid as row_id
        from generate_series(1, ${each}) as n cross join generate_series(1, ${people}) as p
      ) as rows`);
  }
  await exec(`set session_replication_role = origin`);
  await exec('analyze');
}

// The pages on the five documents that the schema comes from: everything that these name has a row, and what a row says is
// here is in an installed database, in the list of addresses or among the commands.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Command } from 'commander';
import { addSchemaCommands } from '../cli/schema.ts';
import { quoteText } from '../schema/quote.ts';
import { type CatalogSession, openCatalog } from '../tests/schema/catalog-session.ts';
import { codeOf, isThere, readRepository, tableRows } from './documents.ts';

/** What each document names, by its own names: tables with their columns, then functions, policies, indexes, commands. */
interface Named {
  readonly tables: Readonly<Record<string, string>>;
  readonly others: readonly string[];
}

const part4: Named = {
  tables: {
    users: 'id email created_at last_sign_in metadata',
    conversations: 'id user_id title created_at updated_at metadata',
    messages: 'id conversation_id role content created_at tokens_used model_used',
    user_preferences: 'user_id default_model theme settings',
    model_metrics: 'id model_name timestamp latency_ms tokens_input tokens_output success error_message',
    documents: 'id content metadata user_id created_at',
    document_embeddings: 'id document_id embedding chunk_index chunk_content',
  },
  others: [
    'Users can view their own conversations',
    'Users can insert their own conversations',
    'Users can update their own conversations',
    'document_embeddings using ivfflat',
    'ConversationRepository.getWithMessages',
    'createClient',
  ],
};
const named: Readonly<Record<string, Named>> = {
  '000': { ...part4, others: [...part4.others, 'ConversationRepository.getUserId'] },
  '001': {
    ...part4,
    others: [
      ...part4.others,
      ...['ConversationRepository.getByUserId', 'system_prompt', 'user_template', 'assistant_template'],
      ...['metadata.version', 'metadata.author', 'metadata.use_case', 'type Conversation', 'alembic/versions'],
      ...['/api/v1/conversations', '/api/v1/conversations/{id}', '/api/v1/conversations/{id}/messages'],
    ],
  },
  '002': {
    tables: {
      users: 'id email full_name avatar_url created_at updated_at',
      prompts: 'id user_id title goal template variables is_public created_at updated_at',
      prompt_answers: 'id prompt_id question_id question_text answer created_at',
      test_results:
        'id prompt_id user_id model temperature variable_values resolved_prompt result tokens_used response_time_ms created_at',
      prompt_templates: 'id prompt_id user_id category tags likes_count uses_count created_at updated_at',
      user_favorites: 'user_id template_id created_at',
    },
    others: [
      ...['increment_likes_count(template_id)', 'increment_uses_count(template_id)'],
      ...['get_popular_templates(limit_count, category_filter)', 'getUserPrompts', 'createPrompt', 'searchTemplates'],
      ...['Users can view own profile', 'Users can update own profile', 'Users can view own prompts'],
      ...['Users can view public prompts', 'Users can create own prompts', 'Users can update own prompts'],
      ...['Users can delete own prompts', 'idx_users_email', 'idx_prompts_user_id', 'idx_prompts_is_public'],
      ...['idx_prompts_created_at', 'idx_prompt_answers_prompt_id', 'idx_test_results_prompt_id'],
      ...['idx_test_results_user_id', 'idx_test_results_model', 'idx_prompt_templates_category'],
      ...['idx_prompt_templates_likes', 'idx_prompt_templates_uses', 'idx_user_favorites_user_id'],
      ...['supabase migration new create_users_table', 'supabase migration new create_prompts_tables'],
      ...[
        'supabase migration new create_rls_policies',
        'supabase db push',
        'supabase db restore --backup-id',
        'pg_dump',
      ],
    ],
  },
  '003': {
    tables: {
      user_profiles: 'id email display_name avatar_url role preferred_model_provider preferred_model_name',
      conversations: 'id user_id title model_provider model_name temperature max_tokens system_prompt',
      messages:
        'id conversation_id user_id role content provider model tokens_used cost_usd embedding tool_calls attachments',
      files:
        'id user_id conversation_id original_name storage_path mime_type file_size processing_status extracted_text chunk_count',
      document_chunks: 'id file_id user_id content chunk_index page_number heading embedding metadata',
      generated_images:
        'id user_id conversation_id message_id prompt model storage_path dimensions format generation_time_ms cost_usd',
      usage_logs: 'id user_id conversation_id message_id action provider model tokens_used cost_usd metadata',
      system_prompt_templates: '',
      file_type_configs: '',
      performance_stats: '',
      user_activity_summary: '',
    },
    others: [],
  },
  '004': { tables: {}, others: [] },
};
const functionsOf: Readonly<Record<string, readonly string[]>> = {
  '003': [
    ...['search_similar_messages', 'search_similar_chunks', 'archive_old_messages', 'cleanup_orphaned_files'],
    ...['generate_sample_data', 'cleanup_test_data', 'idx_messages_embedding', 'idx_document_chunks_embedding'],
  ],
  '004': ['chat', 'rag', 'multi-tenant', 'user-management', 'ai-usage', 'complete'],
};

const rowsOf = (name: string): readonly (readonly string[])[] =>
  tableRows(readRepository(`docs/reference/seeds/${name}.md`)).filter(
    ([first = '']) => !/^(-+|In the seed)$/.test(first) && !/^:?-+:?$/.test(first),
  );
/** Every piece of code in a cell. */
const codes = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

let session: CatalogSession;
let commands: ReadonlySet<string>;
let addresses: ReadonlySet<string>;
before(async () => {
  session = await openCatalog();
  const schema = new Command('schema');
  addSchemaCommands(schema, { say: () => {}, version: '' }, async () => {});
  const top = [...readRepository('cli/main.ts').matchAll(/\.command\('(\w+)'\)/g)].map(
    ([, name = '']) => `loam ${name}`,
  );
  commands = new Set([
    ...top.filter((name) => name !== 'loam schema'),
    ...schema.commands.map((each) => `loam schema ${each.name()}`),
  ]);
  addresses = new Set(tableRows(readRepository('docs/reference/api.md')).map(([cell]) => codeOf(cell) ?? ''));
});
after(() => session.close());

const exists = async (query: string): Promise<boolean> =>
  (await session.rows(`select exists (${query})`))[0]?.[0] === 't';

/** Whether what a row says is here is here. */
async function isHere(identity: string): Promise<boolean> {
  const [, kind = '', name = ''] = /^(policy|index|extension|bucket|publication) (\S+)$/.exec(identity) ?? [];
  switch (kind) {
    case 'policy':
      return exists(`select from pg_policy where polrelid = to_regclass(${quoteText(name)})`);
    case 'index':
      return exists(`select from pg_index where indexrelid = to_regclass(${quoteText(name)})`);
    case 'extension':
      return exists(`select from pg_available_extensions where name = ${quoteText(name)}`);
    case 'bucket':
      return exists(`select from storage.buckets where id = ${quoteText(name)} and not public`);
    case 'publication':
      return exists(`select from pg_publication where pubname = ${quoteText(name)}`);
  }
  if (/^(GET|POST|PUT|PATCH|DELETE) /.test(identity)) return addresses.has(identity.replace(/\?.*$/, ''));
  if (identity.startsWith('loam '))
    return [...commands].some((command) => identity === command || identity.startsWith(`${command} `));
  const [, schema = '', object = '', call = '', column = ''] =
    /^(\w+)\.(\w+)(\(.*\))?(?:\.(\w+))?$/.exec(identity) ?? [];
  if (schema === '') return false;
  if (call !== '')
    return exists(
      `select from pg_proc where pronamespace::regnamespace::text = ${quoteText(schema)} and proname = ${quoteText(object)}`,
    );
  const table = `to_regclass(${quoteText(`${schema}.${object}`)})`;
  if (column === '') return exists(`select where ${table} is not null`);
  return exists(`
    select from pg_attribute where attrelid = ${table} and attname = ${quoteText(column)} and attnum > 0 and not attisdropped
    union all
    -- A computed column: a function of the row.
    select from pg_proc
    where proname = ${quoteText(column)} and pronargs = 1 and proargtypes[0] = (select reltype from pg_class where oid = ${table})`);
}

async function problemsOf(rows: readonly (readonly string[])[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [first = '', here = '', , ...more] of rows) {
    if (more.length > 0) problems.push(`${first}: more than three cells`);
    if (/^not in the schema\b/.test(here)) continue;
    const identity = /^`([^`]+)`/.exec(here)?.[1];
    if (identity === undefined) problems.push(`${first}: says neither where it is nor that it is not`);
    else if (!(await isHere(identity))) problems.push(`${first}: ${identity} is not here`);
  }
  return problems;
}

test('planted mistakes are found', async () => {
  const rows = [
    '`public.prompts.nothing`',
    '`public.nothing`',
    '`public.nothing()`',
    '`policy public.nothing`',
    '`index public.prompts`',
    '`loam schema nothing`',
    '`GET /api/v1/nothing`',
    'somewhere',
    '`nothing`',
    '`bucket nothing`',
  ];
  const found = await problemsOf(rows.map((here, index) => [String(index), here, '']));
  assert.equal(found.length, rows.length, found.join('\n'));
  const right = [
    '`public.prompts.title`',
    '`public.messages.embedding`',
    '`public.users`',
    '`loam schema validate ./supabase`',
    'not in the schema',
  ];
  assert.deepEqual(await problemsOf(right.map((here) => ['x', here, ''])), []);
});

for (const [name, { tables, others }] of Object.entries(named)) {
  const path = `docs/reference/seeds/${name}.md`;
  describe(path, { skip: isThere(path) ? false : 'not written yet' }, () => {
    test('everything that the document names has a row', () => {
      const told = new Set(rowsOf(name).flatMap(([first = '']) => codes(first)));
      const wanted = [
        ...Object.entries(tables).flatMap(([table, columns]) => [
          table,
          ...columns
            .split(' ')
            .filter(Boolean)
            .map((column) => `${table}.${column}`),
        ]),
        ...others,
      ];
      assert.deepEqual(
        wanted.filter((each) => !told.has(each)),
        [],
      );
      const all = [...told].join('\n');
      for (const each of functionsOf[name] ?? []) assert.ok(all.includes(each), each);
    });
    test('what it says is here is here', async () => {
      assert.ok(rowsOf(name).length > 20);
      assert.equal((await problemsOf(rowsOf(name))).join('\n'), '');
    });
  });
}

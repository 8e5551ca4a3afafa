// What must hold of every table, view, key, function and grant, read from the catalog of the installed database, so that
// it also holds of what is added tomorrow. Each query finds offenders; each exception stands here with its reason.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type CatalogSession, openCatalog, openNativeCatalog } from './catalog-session.ts';

/** Ours. `auth` and `storage` have Supabase's own shape, so that only what protects is asked of them. */
const own = `('public', 'loam')`;
const all = `('public', 'loam', 'loam_partitions', 'auth', 'storage')`;
const notOfExtension = (oid: string): string =>
  `not exists (select from pg_depend where objid = ${oid} and deptype = 'e')`;

/** Tables that only administrators write: each policy by which people write them asks for one. */
const administered = (oid: string): string => `
  not exists (
    select from pg_policy
    where polrelid = ${oid} and polcmd <> 'r' and 'authenticated'::regrole = any (polroles)
      and concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) !~ 'loam\\.is_admin\\(\\)'
  )`;

interface Rule {
  readonly offenders: string;
  /** Offender -> why it may. */
  readonly exceptions?: Readonly<Record<string, string>>;
}

const rules: Readonly<Record<string, Rule>> = {
  'every table has row-level security on': {
    offenders: `
      select c.oid::regclass::text
      from pg_class c
      where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${all} and not relrowsecurity`,
  },
  'every view runs with the rights of who asks, and none is materialised': {
    offenders: `
      select c.oid::regclass::text
      from pg_class c
      where relnamespace::regnamespace::text in ${all}
        and (relkind = 'm' or relkind = 'v' and not coalesce(reloptions::text[] && array['security_invoker=true', 'security_invoker=on'], false))
        and ${notOfExtension('c.oid')}`,
  },
  'every table has a primary key': {
    offenders: `
      select c.oid::regclass::text
      from pg_class c
      where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${own}
        and not exists (select from pg_index where indrelid = c.oid and indisprimary)`,
  },
  'every foreign key says what happens when its row goes': {
    offenders: `
      select conrelid::regclass || ': ' || pg_get_constraintdef(oid)
      from pg_constraint
      where contype = 'f' and conparentid = 0 and confdeltype = 'a' and connamespace::regnamespace::text in ${all}`,
  },
  'every foreign key has an index that begins with its columns': {
    offenders: `
      select conrelid::regclass || ': ' || pg_get_constraintdef(k.oid)
      from pg_constraint k
      where contype = 'f' and conparentid = 0 and connamespace::regnamespace::text in ${all}
        and not exists (
          select from pg_index i
          where indrelid = conrelid
            and (indpred is null or pg_get_expr(indpred, indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
            and array_length(conkey, 1) <= indnkeyatts
            and conkey @> (string_to_array(indkey::text, ' ')::int2[])[1:array_length(conkey, 1)]
            and conkey <@ (string_to_array(indkey::text, ' ')::int2[])[1:array_length(conkey, 1)]
        )`,
  },
  'no index is there twice': {
    offenders: `
      select string_agg(indexrelid::regclass::text, ' = ' order by indexrelid)
      from pg_index
      where indrelid in (select oid from pg_class where relnamespace::regnamespace::text in ${own})
      group by indrelid, indkey::text, indclass::text, indoption::text, coalesce(indexprs::text, ''), coalesce(indpred::text, '')
      having count(*) > 1`,
  },
  'every function has a fixed search path': {
    offenders: `
      select oid::regprocedure::text
      from pg_proc p
      where (pronamespace::regnamespace::text in ${own} or prosecdef and pronamespace::regnamespace::text in ${all})
        and not exists (select from unnest(proconfig) setting where setting like 'search_path=%')
        and (prosecdef or prolang = (select oid from pg_language where lanname = 'plpgsql'))
        and ${notOfExtension('p.oid')}`,
  },
  'no function of ours may be called by everybody': {
    offenders: `
      select oid::regprocedure::text
      from pg_proc p
      where pronamespace::regnamespace::text in ${own} and ${notOfExtension('p.oid')}
        and exists (select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)`,
  },
  'no trigger function may be called by anybody': {
    offenders: `
      select oid::regprocedure || ' by ' || grantee::regrole
      from pg_proc p, aclexplode(coalesce(proacl, acldefault('f', proowner)))
      where pronamespace::regnamespace::text in ${own} and prorettype = 'trigger'::regtype and grantee <> proowner and grantee <> 0`,
  },
  'nobody has rights on a partition, and nobody may even name one': {
    offenders: `
      select c.oid::regclass || ' to ' || grantee::regrole
      from pg_class c, aclexplode(coalesce(relacl, acldefault('r', relowner)))
      where relnamespace::regnamespace::text = 'loam_partitions' and grantee <> relowner
      union all
      select 'schema loam_partitions to ' || grantee::regrole
      from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
      where nspname = 'loam_partitions' and grantee <> nspowner`,
  },
  'every partition stands in the schema that nobody may name': {
    offenders: `
      select inhrelid::regclass::text
      from pg_inherits
      where (select relnamespace::regnamespace::text from pg_class where oid = inhparent) in ${own}
        and (select relnamespace::regnamespace::text from pg_class where oid = inhrelid and relkind in ('r', 'p')) <> 'loam_partitions'`,
  },
  'a partition has no policy of its own': {
    offenders: `
      select polrelid::regclass || ': ' || polname
      from pg_policy
      where (select relispartition from pg_class where oid = polrelid)`,
  },
  'visitors and everybody have no right on any table': {
    offenders: `
      select c.oid::regclass || ' ' || privilege_type
      from pg_class c, aclexplode(relacl)
      where relkind in ('r', 'p', 'v', 'm', 'S') and relnamespace::regnamespace::text in ${all} and ${notOfExtension('c.oid')}
        and (grantee = 0 or grantee = 'anon'::regrole)
      union all
      select attrelid::regclass || '.' || attname || ' ' || privilege_type
      from pg_attribute, aclexplode(attacl)
      where attrelid in (select oid from pg_class where relnamespace::regnamespace::text in ${all}) and (grantee = 0 or grantee = 'anon'::regrole)`,
    exceptions: Object.fromEntries(
      Object.entries({
        prompts: 'id title goal template system_prompt assistant_template variables is_public created_at updated_at',
        prompt_templates:
          'id prompt_id version_id category tags is_published title goal template system_prompt assistant_template variables questions likes_count uses_count created_at updated_at',
      }).flatMap(([table, columns]) =>
        columns
          .split(' ')
          .map((column) => [
            `${table}.${column} SELECT`,
            'what is public, where the installation shows it to visitors',
          ]),
      ),
    ),
  },
  'nothing is granted by default on what will be made': {
    offenders: `select defaclrole::regrole || ' ' || defaclacl::text from pg_default_acl`,
  },
  'rights on a table are granted to the roles of the house only, and none of them may truncate or make triggers': {
    offenders: `
      select c.oid::regclass || ' ' || privilege_type || ' to ' || grantee::regrole
      from pg_class c, aclexplode(relacl)
      where relkind in ('r', 'p', 'v') and relnamespace::regnamespace::text in ${all} and grantee <> relowner and ${notOfExtension('c.oid')}
        and (
          privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
          or grantee::regrole::text !~ '^(authenticated|authenticator|service_role|loam_(answer|ingest|ledger|maintenance|auth|storage|jobs))$'
        )`,
  },
  'people update columns, never whole tables': {
    offenders: `
      select c.oid::regclass::text
      from pg_class c, aclexplode(relacl)
      where relnamespace::regnamespace::text in ${all} and grantee = 'authenticated'::regrole and privilege_type = 'UPDATE'
        and not ${administered('c.oid')}`,
  },
  'people may not update what confers power, belongs to somebody, or is counted': {
    offenders: `
      select attrelid::regclass || '.' || attname
      from pg_attribute
      where attnum > 0 and not attisdropped
        and attrelid in (select oid from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${all})
        and has_column_privilege('authenticated', attrelid, attnum, 'UPDATE') and not ${administered('attrelid')}
        and (
          attname in (
            'id', 'user_id', 'owner_id', 'organization_id', 'tenant_id', 'conversation_id', 'message_id', 'document_id', 'role', 'status', 'seq',
            'processing_status', 'created_at', 'updated_at', 'created_by', 'key_hash', 'key_prefix', 'scopes', 'expires_at', 'shared',
            'storage_path', 'file_size', 'mime_type', 'error', 'tool_calls', 'sealed', 'is_builtin'
          )
          or attname ~ '(^|_)(quota|total|tokens|cost|price|count|hash)(_|$)' and attname <> 'max_tokens'
        )`,
    exceptions: {
      'typing_indicators.expires_at': 'says how long somebody is typing; read by those in the conversation only',
    },
  },
  'people may not insert what confers power or is counted': {
    offenders: `
      select attrelid::regclass || '.' || attname
      from pg_attribute
      where attnum > 0 and not attisdropped
        and attrelid in (select oid from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${all})
        and has_column_privilege('authenticated', attrelid, attnum, 'INSERT') and not ${administered('attrelid')}
        and (attname in ('status', 'processing_status', 'seq', 'shared', 'sealed') or attname ~ '(^|_)(quota|total|tokens|cost|price|count)(_|$)' and attname <> 'max_tokens')`,
  },
  'every policy names its roles': {
    offenders: `select polrelid::regclass || ': ' || polname from pg_policy where polroles = '{0}'`,
  },
  'no policy lets a row be changed into what its author may not have': {
    offenders: `
      select polrelid::regclass || ': ' || polname
      from pg_policy
      where polcmd in ('w', '*') and polwithcheck is null
        and exists (
          select from unnest(polroles) role
          where has_table_privilege(role, polrelid, 'UPDATE') or has_any_column_privilege(role, polrelid, 'UPDATE')
        )`,
  },
  'policies for people are written by command': {
    offenders: `select polrelid::regclass || ': ' || polname from pg_policy where polcmd = '*' and 'authenticated'::regrole = any (polroles)`,
  },
  'policies ask who it is once a statement, not once a row': {
    offenders: `
      select polrelid::regclass || ': ' || polname
      from pg_policy, concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) expression
      where regexp_replace(expression, 'SELECT (auth\\.(uid|jwt|role|email)|loam\\.is_admin)\\(\\)', '', 'g') ~ '(auth\\.(uid|jwt|role|email)|loam\\.is_admin|current_setting)\\('`,
  },
  'policies for people never look at the trash': {
    offenders: `
      select polrelid::regclass || ': ' || polname
      from pg_policy
      where 'authenticated'::regrole = any (polroles)
        and concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) ~ '\\mdeleted_at\\M'`,
  },
  'a policy without a right, or a right without a policy, is a mistake': {
    offenders: `
      select polrelid::regclass || ': ' || polname || ' for ' || role::regrole
      from pg_policy, unnest(polroles) role
      where polrelid in (select oid from pg_class where relnamespace::regnamespace::text in ${own})
        and not has_any_column_privilege(role, polrelid, 'SELECT, INSERT, UPDATE')
        and not has_table_privilege(role, polrelid, 'DELETE')
      union all
      select c.oid::regclass || ': ' || privilege_type || ' to ' || grantee::regrole
      from pg_class c, aclexplode(relacl)
      where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${own} and grantee <> relowner
        and not exists (
          select from pg_policy
          where polrelid = c.oid and grantee = any (polroles)
            and (polcmd = '*' or polcmd = case privilege_type when 'SELECT' then 'r' when 'INSERT' then 'a' when 'UPDATE' then 'w' else 'd' end)
        )`,
  },
  'what changes says when': {
    offenders: `
      select attrelid::regclass::text
      from pg_attribute
      where attname = 'updated_at' and attrelid in (select oid from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace::regnamespace::text in ${own})
        and not exists (select from pg_trigger where tgrelid = attrelid and tgfoid = 'loam.touch_updated_at'::regproc)`,
  },
  'what people share belongs to a tenant': {
    offenders: `
      select attrelid::regclass::text
      from pg_attribute o
      where attname = 'organization_id' and attrelid in (select oid from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${own})
        and not exists (select from pg_attribute t where t.attrelid = o.attrelid and t.attname = 'tenant_id' and t.attgenerated = 's')`,
    exceptions: {
      ...Object.fromEntries(
        ['experiments', 'model_pricing', 'model_providers', 'model_routes'].map((table) => [
          table,
          "without an organization it is the whole installation's, nobody's own",
        ]),
      ),
      ...Object.fromEntries(
        ['invitations', 'organization_members', 'team_members', 'teams'].map((table) => [
          table,
          'the organization itself is the tenant: there is none without one',
        ]),
      ),
    },
  },
  'money and tokens are never floats': {
    offenders: `
      select attrelid::regclass || '.' || attname
      from pg_attribute
      where attnum > 0 and not attisdropped and attrelid in (select oid from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${own})
        and attname ~ '(^|_)(cost|price|usd|tokens|total)(_|$)' and atttypid in ('float4'::regtype, 'float8'::regtype, 'money'::regtype)`,
  },
  'times have a zone': {
    offenders: `
      select attrelid::regclass || '.' || attname
      from pg_attribute
      where attnum > 0 and attrelid in (select oid from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text in ${own})
        and atttypid = 'timestamp'::regtype`,
  },
  'no role passes row-level security, and only one logs in': {
    offenders: `
      select rolname
      from pg_roles
      where (rolname like 'loam\\_%' or rolname in ('anon', 'authenticated', 'authenticator', 'service_role'))
        and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolinherit or rolcanlogin <> (rolname = 'authenticator'))`,
  },
  'no role is a member of another, except for the one that takes them': {
    offenders: `
      select member::regrole || ' in ' || roleid::regrole
      from pg_auth_members
      where (member::regrole::text like 'loam\\_%' or member::regrole::text in ('anon', 'authenticated', 'service_role'))`,
  },
};

for (const [engine, open] of [
  ['PGlite', openCatalog],
  ['native PostgreSQL 15', () => openNativeCatalog(15)],
] as const) {
  describe(`the catalog on ${engine}`, () => {
    let session: CatalogSession;
    before(async () => {
      session = await open();
    });
    after(() => session.close());

    for (const [name, { offenders, exceptions = {} }] of Object.entries(rules)) {
      test(name, async () => {
        const found = (
          await session.rows(`select distinct offender from (${offenders}) as found (offender) order by 1`)
        ).map(([row]) => row ?? '');
        assert.equal(found.filter((offender) => !(offender in exceptions)).join('\n'), '');
        assert.deepEqual(
          Object.keys(exceptions).filter((exception) => !found.includes(exception)),
          [],
          'exceptions that are none any more',
        );
      });
    }
  });
}

test('the rules can fail: a table made carelessly breaks most of them', async () => {
  const session = await openCatalog();
  const broken: string[] = [];
  try {
    await session.exec(`
      create table public.careless (owner_id uuid references auth.users (id), role text, cost float8, updated_at timestamp);
      create policy "all" on public.careless for all using (owner_id = auth.uid());
      grant all on public.careless to authenticated, anon;
      create view public.careless_view as select * from public.careless;
      create function public.careless_function() returns int language sql security definer as 'select 1';
      create table public.audit_logs_careless partition of public.audit_logs for values from ('1999-01-01') to ('1999-02-01');
      grant select on loam_partitions.audit_logs_default to authenticated;
      create role loam_careless bypassrls login;`);
    for (const [name, { offenders, exceptions = {} }] of Object.entries(rules)) {
      const found = await session.rows(`select distinct offender from (${offenders}) as found (offender)`);
      if (found.some(([row]) => !((row ?? '') in exceptions))) broken.push(name);
    }
  } finally {
    await session.close();
  }
  assert.ok(broken.length >= 18, broken.join('\n'));
});

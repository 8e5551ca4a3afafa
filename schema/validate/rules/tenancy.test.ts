// Each tenancy rule: SQL that it finds, near misses, and both with every name replaced.
import { type Case, tryCases } from './rule-cases.ts';
import { tenancyDefinerUnfiltered } from './tenancy-definer-unfiltered.ts';
import { tenancyExistenceOracle } from './tenancy-existence-oracle.ts';
import { tenancyKeyWithoutTenant } from './tenancy-key-without-tenant.ts';
import { tenancyOwnerNullable } from './tenancy-owner-nullable.ts';
import { tenancyPartitionExposed } from './tenancy-partition-exposed.ts';
import { tenancyPowerColumn } from './tenancy-power-column.ts';
import { tenancyRowLeavesOwner } from './tenancy-row-leaves-owner.ts';
import { tenancyRowPlanted } from './tenancy-row-planted.ts';
import { tenancySoftDeleteUnique } from './tenancy-soft-delete-unique.ts';
import { tenancyUniqueWithoutTenant } from './tenancy-unique-without-tenant.ts';
import { tenancyUsageIdempotency } from './tenancy-usage-idempotency.ts';

const names = [
  'firms',
  'staff',
  'firm',
  'person',
  'docs',
  'folders',
  'folder',
  'author',
  'title',
  'doc',
  'keeps',
  'my_firms',
  'in_firm',
  'guard',
  'docs_key',
  'everything',
  'shelf',
  'shelf_1',
  'moment',
  'chapter',
];
const one = (
  rule: Case['rule'],
  says: string,
  sql: Case['sql'],
  finds: readonly string[] = [],
  rest: Partial<Case> = {},
): Case => ({ rule, says, sql, finds, names, ...rest });

const firms = `
  create table firms (id uuid primary key default gen_random_uuid());
  create table staff (firm uuid references firms on delete cascade, person uuid references auth.users on delete cascade, primary key (firm, person));
  alter table firms enable row level security;
  alter table staff enable row level security;
  create policy keeps on staff for select using (person = (select auth.uid()));`;
const inFirm = `firm in (select s.firm from staff s where s.person = (select auth.uid()))`;
const docs = `
  create table docs (id uuid primary key default gen_random_uuid(), firm uuid not null references firms, author uuid not null references auth.users, title text);
  alter table docs enable row level security;`;
const mine = 'author = (select auth.uid())';
const policy = (command: string, rest: string, table = 'docs', name = `${table}_${command}`): string =>
  `create policy ${name} on ${table} for ${command} to authenticated ${rest};`;
const own = `create table docs (id uuid primary key default gen_random_uuid(), author uuid not null references auth.users, title text); alter table docs enable row level security;`;

const folders = `
  create table folders (id uuid primary key default gen_random_uuid(), firm uuid not null references firms, unique (firm, id));
  alter table folders enable row level security;
  ${policy('select', `using (${inFirm})`, 'folders')}`;
const filed = (key: string, more = ''): string =>
  `create table docs (id uuid primary key default gen_random_uuid(), firm uuid not null references firms, folder uuid, title text, ${key}); alter table docs enable row level security;${policy('all', `using (${inFirm}) with check (${inFirm}${more})`)}`;

const profile = (columns: string): string =>
  `create table docs (id uuid primary key references auth.users on delete cascade, title text, ${columns}); alter table docs enable row level security; ${policy('update', 'using (id = (select auth.uid()))')}`;
const definer = (query: string, more = '', result = 'setof docs'): string =>
  `create function everything(person uuid) returns ${result} language sql stable security definer as $$ ${query} $$;${more}`;
const shelf =
  'create table shelf (id bigint, moment timestamptz not null) partition by range (moment); alter table shelf enable row level security; create table shelf_1 partition of shelf default;';

tryCases([
  one(tenancyRowLeavesOwner, 'WITH CHECK (true)', own + policy('update', `using (${mine}) with check (true)`), [
    '@.docs policy "docs_update"',
  ]),
  one(
    tenancyRowLeavesOwner,
    'WITH CHECK about something else',
    own + policy('all', `using (${mine}) with check (title <> '')`),
    ['@.docs policy "docs_all"'],
  ),
  one(
    tenancyRowLeavesOwner,
    'a membership that WITH CHECK forgets',
    firms + docs + policy('update', `using (${inFirm}) with check (${mine})`),
    ['@.docs policy "docs_update"'],
  ),
  one(tenancyRowLeavesOwner, 'no WITH CHECK: USING is applied', own + policy('update', `using (${mine})`)),
  one(
    tenancyRowLeavesOwner,
    'the same twice',
    own + policy('update', `using (${mine}) with check (auth.uid() = author)`),
  ),
  one(
    tenancyRowLeavesOwner,
    'columns granted without the owner',
    `${own}${policy('update', `using (${mine}) with check (true)`)}revoke update on docs from anon, authenticated; grant update (title) on docs to authenticated;`,
  ),
  one(
    tenancyRowLeavesOwner,
    'a trigger keeps the owner',
    `${own}${policy('update', `using (${mine}) with check (true)`)}create function guard() returns trigger language plpgsql as $$ begin new.author := old.author; return new; end $$; create trigger guard before update on docs for each row execute function guard();`,
  ),
  one(
    tenancyRowLeavesOwner,
    'a restrictive policy keeps it',
    `${own}${policy('update', `using (${mine}) with check (true)`)}create policy keeps on docs as restrictive for update to authenticated using (true) with check (${mine});`,
  ),
  one(
    tenancyRowLeavesOwner,
    'for a service role alone',
    `${own}create policy keeps on docs for update to service_role using (${mine}) with check (true);`,
  ),
  one(
    tenancyRowLeavesOwner,
    'a draft that may be published',
    `create table docs (id uuid primary key, author uuid not null, title text); alter table docs enable row level security; ${policy('update', `using (${mine} and title = 'draft') with check (${mine})`)}`,
  ),

  one(
    tenancyRowPlanted,
    'seen by membership, written by author',
    firms + docs + policy('select', `using (${inFirm})`) + policy('insert', `with check (${mine})`),
    ['@.docs policy "docs_insert"'],
  ),
  one(
    tenancyRowPlanted,
    'moved by UPDATE',
    firms + docs + policy('select', `using (${mine} or ${inFirm})`) + policy('update', `using (${mine})`),
    ['@.docs policy "docs_update"'],
  ),
  one(
    tenancyRowPlanted,
    'through a helper',
    `${firms}${docs}create function my_firms() returns setof uuid language sql stable security definer as $$ select s.firm from staff s where s.person = auth.uid() $$;${policy('select', 'using (firm in (select my_firms()))')}${policy('insert', `with check (${mine})`)}`,
    ['@.docs policy "docs_insert"'],
  ),
  one(
    tenancyRowPlanted,
    'membership asked in both',
    firms + docs + policy('select', `using (${inFirm})`) + policy('insert', `with check (${mine} and ${inFirm})`),
  ),
  one(
    tenancyRowPlanted,
    'a firm of none',
    firms +
      docs.replace('firm uuid not null', 'firm uuid') +
      policy('select', `using (${mine} or ${inFirm})`) +
      policy('insert', `with check (${mine} and firm is null)`),
  ),
  one(
    tenancyRowPlanted,
    'no grant for that column',
    `${firms}${docs}${policy('select', `using (${inFirm})`)}${policy('insert', `with check (${mine})`)}revoke insert on docs from anon, authenticated; grant insert (title, author) on docs to authenticated;`,
  ),
  one(
    tenancyRowPlanted,
    'seen by author alone',
    firms + docs + policy('select', `using (${mine})`) + policy('insert', `with check (${mine})`),
  ),

  one(tenancyPowerColumn, 'role and credits of a profile', profile('role text, credits int'), [
    '@.docs.role',
    '@.docs.credits',
  ]),
  one(
    tenancyPowerColumn,
    'the plan of a firm, by its owner',
    `${firms}alter table firms add column plan text, add column person uuid references auth.users; create table folders (firm uuid not null references firms, id int primary key); alter table folders enable row level security; ${policy('select', `using (${inFirm})`, 'folders')}${policy('update', 'using (person = (select auth.uid()))', 'firms')}`,
    ['@.firms.plan'],
  ),
  one(
    tenancyPowerColumn,
    'granted by column',
    `${profile('role text')}revoke update on docs from anon, authenticated; grant update (title) on docs to authenticated;`,
  ),
  one(
    tenancyPowerColumn,
    'the status of a subscription',
    `create table subscriptions (id uuid primary key, author uuid not null references auth.users, status text); alter table subscriptions enable row level security; ${policy('all', `using (${mine})`, 'subscriptions')}`,
    ['@.subscriptions.status'],
  ),
  one(
    tenancyPowerColumn,
    'the balance of an account that people keep for themselves',
    `create table docs (id uuid primary key, author uuid not null, balance numeric, credits int); alter table docs enable row level security; ${policy('all', `using (${mine})`)}`,
  ),
  one(
    tenancyPowerColumn,
    'guarded by a trigger',
    `${profile('is_admin boolean')}create function guard() returns trigger language plpgsql as $$ begin if new.is_admin is distinct from old.is_admin then raise exception 'no'; end if; return new; end $$; create trigger guard before update on docs for each row execute function guard();`,
  ),
  one(
    tenancyPowerColumn,
    'the role of a message',
    `create table docs (id bigint primary key, author uuid not null, role text); alter table docs enable row level security; ${policy('update', `using (${mine})`)}`,
  ),
  one(
    tenancyPowerColumn,
    'the check holds it',
    `create table docs (id uuid primary key references auth.users, role text); alter table docs enable row level security; ${policy('update', `using (id = (select auth.uid())) with check (id = (select auth.uid()) and role = 'user')`)}`,
  ),
  one(
    tenancyPowerColumn,
    'changed by administrators only',
    `create table docs (id uuid primary key references auth.users, role text); alter table docs enable row level security; create function in_firm() returns boolean language sql stable security definer as $$ select exists (select from docs where id = auth.uid() and role = 'admin') $$; ${policy('update', 'using (in_firm())')}`,
  ),

  one(
    tenancyDefinerUnfiltered,
    'filtered by an argument only',
    own + policy('select', `using (${mine})`) + definer('select * from docs where author = $1'),
    ['@.everything'],
  ),
  one(
    tenancyDefinerUnfiltered,
    'PL/pgSQL that deletes',
    `${own}${policy('select', `using (${mine})`)}create function everything(person uuid) returns void language plpgsql security definer as $$ begin delete from docs where author = person; end $$;`,
    ['@.everything'],
  ),
  {
    ...one(
      tenancyDefinerUnfiltered,
      'only for whoever knows its token',
      `create table docs (id uuid primary key, author uuid not null, token text); alter table docs enable row level security;${policy('select', `using (${mine})`)}create function everything(given text) returns setof docs language sql security definer as $$ select * from docs where token = given $$;`,
      ['@.everything'],
    ),
    level: 'info',
  },
  one(
    tenancyDefinerUnfiltered,
    'a token and everything else beside it',
    `create table docs (id uuid primary key, author uuid not null, token text); alter table docs enable row level security;${policy('select', `using (${mine})`)}create function everything(given text) returns setof docs language sql security definer as $$ select * from docs where token = given union all select * from docs $$;`,
    ['@.everything'],
  ),
  one(
    tenancyDefinerUnfiltered,
    'a counter of views',
    `create table docs (id uuid primary key, author uuid not null, chapter int); alter table docs enable row level security;${policy('select', `using (${mine})`)}create function everything(doc uuid) returns void language sql security definer as $$ update docs set chapter = chapter + 1 where id = doc $$;`,
  ),
  one(
    tenancyDefinerUnfiltered,
    'deletes where only shared rows are readable',
    `create table docs (id uuid primary key, author uuid not null, title text); alter table docs enable row level security;${policy('select', `using (title <> 'private')`)}create function everything(person uuid) returns void language sql security definer as $$ delete from docs where author = person $$;`,
    ['@.everything'],
  ),
  one(
    tenancyDefinerUnfiltered,
    'filtered by the caller',
    own + policy('select', `using (${mine})`) + definer('select * from docs where author = auth.uid()'),
  ),
  one(
    tenancyDefinerUnfiltered,
    'filtered by a helper',
    `${firms}${docs}${policy('select', `using (${inFirm})`)}create function my_firms() returns setof uuid language sql stable security definer as $$ select s.firm from staff s where s.person = auth.uid() $$;${definer('select * from docs where firm in (select my_firms())')}`,
  ),
  one(
    tenancyDefinerUnfiltered,
    'not executable by people',
    own +
      policy('select', `using (${mine})`) +
      definer(
        'select * from docs where author = $1',
        'revoke execute on function everything from public, anon, authenticated;',
      ),
  ),
  one(
    tenancyDefinerUnfiltered,
    'a table that all may read',
    `${own}${policy('select', 'using (true)')}${definer('select * from docs')}`,
  ),
  one(
    tenancyDefinerUnfiltered,
    'an invoker',
    `${own}${policy('select', `using (${mine})`)}create function everything() returns setof docs language sql stable as $$ select * from docs $$;`,
  ),
  one(
    tenancyDefinerUnfiltered,
    'a trigger function',
    `${own}${policy('select', `using (${mine})`)}create function everything() returns trigger language plpgsql security definer as $$ begin update docs set title = ''; return new; end $$;`,
  ),
  one(
    tenancyDefinerUnfiltered,
    'yes or no',
    own +
      policy('select', `using (${mine})`) +
      definer('select exists (select from docs where author = $1)', '', 'boolean'),
  ),

  one(tenancyPartitionExposed, 'row-level security on the parent alone', shelf, ['@.shelf_1']),
  one(tenancyPartitionExposed, 'on both', `${shelf}alter table shelf_1 enable row level security;`),
  one(tenancyPartitionExposed, 'no rights on it', `${shelf}revoke all on shelf_1 from anon, authenticated;`),
  one(
    tenancyPartitionExposed,
    'none on the parent either',
    shelf.replace('alter table shelf enable row level security;', ''),
  ),

  one(
    tenancyKeyWithoutTenant,
    'the id alone',
    firms + folders + filed('foreign key (folder) references folders (id)'),
    ['@.docs.folder'],
  ),
  one(
    tenancyKeyWithoutTenant,
    'the id alone, beside a key with the tenant',
    firms +
      folders +
      filed('foreign key (folder) references folders (id), foreign key (firm, folder) references folders (firm, id)'),
  ),
  one(
    tenancyKeyWithoutTenant,
    'tenant and id',
    firms + folders + filed('foreign key (firm, folder) references folders (firm, id)'),
  ),
  one(
    tenancyKeyWithoutTenant,
    'the check looks at it',
    firms +
      folders +
      filed(
        'foreign key (folder) references folders (id)',
        ' and exists (select from folders f where f.id = folder and f.firm = docs.firm)',
      ),
  ),
  one(
    tenancyKeyWithoutTenant,
    'people may not write it',
    `${firms}${folders}${filed('foreign key (folder) references folders (id)')}revoke insert, update on docs from anon, authenticated;`,
  ),
  one(
    tenancyKeyWithoutTenant,
    'the other table belongs to nobody',
    `${firms}create table folders (id uuid primary key); alter table folders enable row level security;${filed('foreign key (folder) references folders (id)')}`,
  ),

  one(
    tenancyUniqueWithoutTenant,
    'a title',
    `${firms}${docs}create unique index docs_key on docs (lower(title));${policy('select', `using (${inFirm})`)}`,
    ['index @.docs_key'],
  ),
  one(
    tenancyUniqueWithoutTenant,
    'by name of the column',
    `create table firms (id uuid primary key); create table docs (id uuid primary key, organization_id uuid references firms, title text constraint docs_key unique);`,
    ['@.docs constraint "docs_key"'],
  ),
  one(
    tenancyUniqueWithoutTenant,
    'with the tenant',
    `${firms}${docs}create unique index docs_key on docs (firm, title);${policy('select', `using (${inFirm})`)}`,
  ),
  one(
    tenancyUniqueWithoutTenant,
    'scoped by a parent',
    `${firms}${folders}create table docs (id uuid primary key, firm uuid references firms, folder uuid references folders, chapter int, constraint docs_key unique (folder, chapter)); alter table docs enable row level security;${policy('select', `using (${inFirm})`)}`,
  ),
  one(
    tenancyUniqueWithoutTenant,
    'a token',
    `${firms}create table docs (id uuid primary key, firm uuid references firms, token_hash text constraint docs_key unique); alter table docs enable row level security;${policy('select', `using (${inFirm})`)}`,
  ),
  one(
    tenancyUniqueWithoutTenant,
    'no tenants',
    `create table docs (id uuid primary key, title text constraint docs_key unique);`,
  ),

  one(
    tenancySoftDeleteUnique,
    'a plain UNIQUE',
    `create table docs (id uuid primary key, author uuid, title text, deleted_at timestamptz, constraint docs_key unique (author, title));`,
    ['@.docs constraint "docs_key"'],
  ),
  one(
    tenancySoftDeleteUnique,
    'a flag',
    `create table docs (id uuid primary key, title text, is_deleted boolean); create unique index docs_key on docs (title);`,
    ['index @.docs_key'],
  ),
  one(
    tenancySoftDeleteUnique,
    'a partial index',
    `create table docs (id uuid primary key, title text, deleted_at timestamptz); create unique index docs_key on docs (title) where deleted_at is null;`,
  ),
  one(
    tenancySoftDeleteUnique,
    'the mark is part of the key',
    `create table docs (id uuid primary key, title text, deleted_at timestamptz, constraint docs_key unique nulls not distinct (title, deleted_at));`,
  ),
  one(
    tenancySoftDeleteUnique,
    'a key that others point to',
    `create table docs (id uuid primary key, title text constraint docs_key unique, deleted_at timestamptz); create table folders (doc text references docs (title));`,
  ),
  one(
    tenancySoftDeleteUnique,
    'a token is never used again',
    `create table docs (id uuid primary key, token_hash text constraint docs_key unique, deleted_at timestamptz);`,
  ),
  one(
    tenancySoftDeleteUnique,
    'rows are really deleted',
    `create table docs (id uuid primary key, title text constraint docs_key unique);`,
  ),

  one(
    tenancyUsageIdempotency,
    'a log with a random key',
    `create table usage_logs (id uuid primary key default gen_random_uuid(), person uuid, tokens_used bigint, created_at timestamptz);`,
    ['@.usage_logs'],
  ),
  one(
    tenancyUsageIdempotency,
    'the request is unique',
    `create table usage_logs (id uuid primary key default gen_random_uuid(), request_id text not null unique, tokens_used bigint);`,
  ),
  one(
    tenancyUsageIdempotency,
    'one row a person and day',
    `create table usage_days (id uuid primary key default gen_random_uuid(), person uuid, chapter date, tokens_used bigint, unique (person, chapter));`,
  ),
  one(
    tenancyUsageIdempotency,
    'nothing is added up',
    `create table usage_notes (id uuid primary key default gen_random_uuid(), title text);`,
  ),

  one(
    tenancyOwnerNullable,
    'nullable',
    own.replace('author uuid not null', 'author uuid') +
      policy('select', `using (${mine})`) +
      policy('insert', 'with check (true)'),
    ['@.docs.author'],
  ),
  one(
    tenancyOwnerNullable,
    'written by the server alone',
    own.replace('author uuid not null', 'author uuid') + policy('select', `using (${mine})`),
  ),
  one(tenancyOwnerNullable, 'not null', own + policy('select', `using (${mine})`)),
  one(
    tenancyOwnerNullable,
    'null is meant',
    own.replace('author uuid not null', 'author uuid') + policy('select', `using (${mine} or author is null)`),
  ),
  one(
    tenancyOwnerNullable,
    'kept when the account goes',
    `create table docs (id uuid primary key, author uuid references auth.users on delete set null); alter table docs enable row level security;${policy('select', `using (${mine})`)}`,
  ),

  one(
    tenancyExistenceOracle,
    'a number',
    `create table folders (id bigint primary key, author uuid not null); alter table folders enable row level security;${policy('select', `using (${mine})`, 'folders')}create table docs (id uuid primary key, author uuid not null, folder bigint references folders); alter table docs enable row level security;${policy('insert', `with check (${mine})`)}`,
    ['@.docs.folder'],
  ),
  one(
    tenancyExistenceOracle,
    'an id that nobody guesses',
    `create table folders (id uuid primary key, author uuid not null); alter table folders enable row level security;${policy('select', `using (${mine})`, 'folders')}create table docs (id uuid primary key, author uuid not null, folder uuid references folders); alter table docs enable row level security;${policy('insert', `with check (${mine})`)}`,
  ),
  one(
    tenancyExistenceOracle,
    'all may read it',
    `create table folders (id bigint primary key); alter table folders enable row level security;${policy('select', 'using (true)', 'folders')}create table docs (id uuid primary key, author uuid not null, folder bigint references folders); alter table docs enable row level security;${policy('insert', `with check (${mine})`)}`,
  ),
]);

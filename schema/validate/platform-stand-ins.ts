// Stand-ins for extensions that the scratch engine lacks: same schemas, names and signatures, no effect. Enough for migrations
// to apply and for rules to see what they call; the report names each one.
import { foreignDataStandIns } from './platform-foreign-data.ts';

export interface StandIn {
  /** As in CREATE EXTENSION. */
  readonly extension: string;
  /** What in the text asks for it, where it is used without being created. */
  readonly uses: RegExp;
  /** The schema that Supabase puts it in. */
  readonly schema: string;
  /** An extension that the engine has, whose library the SQL uses. */
  readonly needs?: string;
  readonly sql: string;
}

const nothing = (signature: string, returns: string, value = 'null'): string =>
  `create or replace function ${signature} returns ${returns} language sql as $$ select ${value}::${returns} $$;\n`;

const httpCall = (name: string, first: string): string =>
  nothing(
    `net.${name}(url text${first}, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000)`,
    'bigint',
    '1',
  );

const responses = [
  'http_get(uri varchar)',
  'http_get(uri varchar, data jsonb)',
  'http_delete(uri varchar)',
  'http_head(uri varchar)',
]
  .concat('http_post(uri varchar, content varchar, content_type varchar)', 'http_post(uri varchar, data jsonb)')
  .concat(
    'http_put(uri varchar, content varchar, content_type varchar)',
    'http_patch(uri varchar, content varchar, content_type varchar)',
  )
  .map((signature) => nothing(`extensions.${signature}`, 'extensions.http_response'))
  .join('');

const geometryCalls = ['geometry', 'geography']
  .map((type) =>
    [
      nothing(`extensions.st_distance(extensions.${type}, extensions.${type})`, 'double precision'),
      nothing(`extensions.st_dwithin(extensions.${type}, extensions.${type}, double precision)`, 'boolean'),
      nothing(`extensions.st_asgeojson(extensions.${type})`, 'text'),
      nothing(`extensions.st_astext(extensions.${type})`, 'text'),
      nothing(`extensions.st_intersects(extensions.${type}, extensions.${type})`, 'boolean'),
      nothing(`extensions.st_covers(extensions.${type}, extensions.${type})`, 'boolean'),
    ].join(''),
  )
  .join('');

const point = 'extensions.geometry';

export const standIns: readonly StandIn[] = [
  {
    extension: 'pg_cron',
    uses: /\bcron\s*\.\s*\w/i,
    schema: 'cron',
    sql: `
create schema if not exists cron;
create table cron.job (
  jobid bigint generated always as identity primary key, schedule text not null, command text not null, nodename text default 'localhost',
  nodeport integer default 5432, database text default current_database(), username text default current_user, active boolean default true, jobname text
);
create table cron.job_run_details (
  jobid bigint, runid bigint generated always as identity primary key, job_pid integer, database text, username text, command text,
  status text, return_message text, start_time timestamptz, end_time timestamptz
);
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as
  $$ insert into cron.job (jobname, schedule, command) values (job_name, schedule, command) returning jobid $$;
create function cron.schedule(schedule text, command text) returns bigint language sql as
  $$ insert into cron.job (schedule, command) values (schedule, command) returning jobid $$;
create function cron.schedule_in_database(job_name text, schedule text, command text, database text, username text default null, active boolean default true)
  returns bigint language sql as $$ insert into cron.job (jobname, schedule, command) values (job_name, schedule, command) returning jobid $$;
create function cron.alter_job(job_id bigint, schedule text default null, command text default null, database text default null, username text default null, active boolean default null)
  returns void language sql as $$ select $$;
create function cron.unschedule(job_id bigint) returns boolean language sql as
  $$ with gone as (delete from cron.job where jobid = job_id returning 1) select true $$;
create function cron.unschedule(job_name text) returns boolean language plpgsql as $$
begin
  delete from cron.job where jobname = job_name;
  if not found then raise exception 'could not find valid entry for job ''%''', job_name; end if;
  return true;
end $$;`,
  },
  {
    extension: 'pg_net',
    uses: /\bnet\s*\.\s*_?http/i,
    schema: 'net',
    sql: `
create schema if not exists net;
grant usage on schema net to postgres, anon, authenticated, service_role;
create table net._http_response (
  id bigint, status_code integer, content_type text, headers jsonb, content text, timed_out boolean, error_msg text, created timestamptz not null default now()
);
create table net.http_request_queue (
  id bigserial, method text, url text not null, headers jsonb, body bytea, timeout_milliseconds integer not null
);
create type net.http_response_result as (status text, message text, response jsonb);
${httpCall('http_post', `, body jsonb default '{}'`)}${httpCall('http_get', '')}${httpCall('http_delete', '')}
${nothing('net.http_collect_response(request_id bigint, async boolean default true)', 'jsonb')}`,
  },
  {
    extension: 'http',
    uses: /(?:extensions\s*\.\s*|(?<![\w.]))(?:http_(?:get|post|put|patch|delete)\s*\(|http_(?:header|request|response)\b)/i,
    schema: 'extensions',
    sql: `
create domain extensions.http_method as text;
create type extensions.http_header as (field varchar, value varchar);
create type extensions.http_response as (status integer, content_type varchar, headers extensions.http_header[], content varchar);
create type extensions.http_request as (method extensions.http_method, uri varchar, headers extensions.http_header[], content_type varchar, content varchar);
create function extensions.http_header(field varchar, value varchar) returns extensions.http_header language sql as $$ select row(field, value)::extensions.http_header $$;
create function extensions.http(request extensions.http_request) returns extensions.http_response language sql as $$ select null::extensions.http_response $$;
${responses}${nothing('extensions.http_set_curlopt(curlopt varchar, value varchar)', 'boolean')}${nothing('extensions.urlencode(string varchar)', 'text')}`,
  },
  {
    extension: 'supabase_vault',
    uses: /\bvault\s*\.\s*\w/i,
    schema: 'vault',
    sql: `
create schema if not exists vault;
create table vault.secrets (
  id uuid primary key default gen_random_uuid(), name text, description text not null default '', secret text not null, key_id uuid,
  nonce bytea, created_at timestamptz not null default now(), updated_at timestamptz not null default now()
);
create unique index secrets_name_idx on vault.secrets (name) where name is not null;
create view vault.decrypted_secrets as
  select id, name, description, secret, secret as decrypted_secret, key_id, nonce, created_at, updated_at from vault.secrets;
create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null)
  returns uuid language sql security definer set search_path = '' as
  $$ insert into vault.secrets (secret, name, description) values (new_secret, new_name, new_description) returning id $$;
create function vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null)
  returns void language sql as $$ select $$;`,
  },
  {
    extension: 'pgsodium',
    uses: /\bpgsodium\s*\.\s*\w/i,
    schema: 'pgsodium',
    sql: `
create schema if not exists pgsodium;
create table pgsodium.key (id uuid primary key default gen_random_uuid(), name text unique, status text, created timestamptz default now(), key_id bigint);
create view pgsodium.valid_key as select id, name, status, created, key_id from pgsodium.key;
create function pgsodium.create_key(key_type text default null, name text default null) returns pgsodium.key language sql as
  $$ insert into pgsodium.key (name) values (name) returning * $$;
${nothing('pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)', 'bytea')}
${nothing('pgsodium.crypto_aead_det_decrypt(ciphertext bytea, additional bytea, key_uuid uuid, nonce bytea default null)', 'bytea')}
${nothing('pgsodium.randombytes_buf(size integer)', 'bytea')}${nothing('pgsodium.crypto_aead_det_noncegen()', 'bytea')}`,
  },
  {
    extension: 'pg_graphql',
    uses: /\bgraphql\s*\.\s*\w/i,
    schema: 'graphql',
    sql: `
create schema if not exists graphql;
create schema if not exists graphql_public;
grant usage on schema graphql to postgres, anon, authenticated, service_role;
create function graphql.resolve(query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null)
  returns jsonb language sql as $$ select null::jsonb $$;
create function graphql_public.graphql("operationName" text default null, query text default null, variables jsonb default null, extensions jsonb default null)
  returns jsonb language sql as $$ select null::jsonb $$;`,
  },
  {
    extension: 'pgjwt',
    uses: /\bextensions\s*\.\s*(?:sign|verify|url_encode|url_decode)\s*\(/i,
    schema: 'extensions',
    sql: `
${nothing(`extensions.sign(payload json, secret text, algorithm text default 'HS256')`, 'text')}
create function extensions.verify(token text, secret text, algorithm text default 'HS256')
  returns table (header json, payload json, valid boolean) language sql as $$ select null::json, null::json, false $$;
${nothing('extensions.url_encode(data bytea)', 'text')}${nothing('extensions.url_decode(data text)', 'bytea')}`,
  },
  {
    extension: 'pg_jsonschema',
    uses: /\bjsonb?_matches_schema\b/i,
    schema: 'extensions',
    sql: `
create function extensions.json_matches_schema(schema json, instance json) returns boolean language sql immutable as $$ select true $$;
create function extensions.jsonb_matches_schema(schema json, instance jsonb) returns boolean language sql immutable as $$ select true $$;
create function extensions.jsonschema_is_valid(schema json) returns boolean language sql immutable as $$ select true $$;`,
  },
  {
    extension: 'pgmq',
    uses: /\bpgmq(?:_public)?\s*\.\s*\w/i,
    schema: 'pgmq',
    sql: `
create schema if not exists pgmq;
create table pgmq.meta (queue_name varchar unique not null, is_partitioned boolean not null, is_unlogged boolean not null, created_at timestamptz not null default now());
create type pgmq.message_record as (msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb, headers jsonb);
create type pgmq.queue_record as (queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz);
create type pgmq.metrics_result as (queue_name text, queue_length bigint, newest_msg_age_sec integer, oldest_msg_age_sec integer, total_messages bigint, scrape_time timestamptz);
create function pgmq.create(queue_name text) returns void language plpgsql as $$
declare
  kind text;
begin
  if exists (select from pgmq.meta where meta.queue_name = $1) then return; end if;
  foreach kind in array array['q', 'a'] loop
    execute format(
      'create table pgmq.%I (msg_id bigint primary key generated by default as identity, read_ct int default 0 not null,
         enqueued_at timestamptz default now() not null, vt timestamptz not null, message jsonb, headers jsonb)',
      kind || '_' || lower(queue_name));
  end loop;
  insert into pgmq.meta values (queue_name, false, false);
end $$;
create function pgmq.create_non_partitioned(queue_name text) returns void language sql as $$ select pgmq.create(queue_name) $$;
create function pgmq.create_unlogged(queue_name text) returns void language sql as $$ select pgmq.create(queue_name) $$;
create function pgmq.drop_queue(queue_name text) returns boolean language sql as $$ select true $$;
create function pgmq.send(queue_name text, msg jsonb, delay integer default 0) returns setof bigint language sql as $$ select 1::bigint $$;
create function pgmq.send(queue_name text, msg jsonb, delay timestamptz) returns setof bigint language sql as $$ select 1::bigint $$;
create function pgmq.send(queue_name text, msg jsonb, headers jsonb, delay integer default 0) returns setof bigint language sql as $$ select 1::bigint $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[], delay integer default 0) returns setof bigint language sql as $$ select 1::bigint $$;
create function pgmq.read(queue_name text, vt integer, qty integer, conditional jsonb default '{}') returns setof pgmq.message_record language sql as $$ select null::pgmq.message_record where false $$;
create function pgmq.read_with_poll(queue_name text, vt integer, qty integer, max_poll_seconds integer default 5, poll_interval_ms integer default 100, conditional jsonb default '{}')
  returns setof pgmq.message_record language sql as $$ select null::pgmq.message_record where false $$;
create function pgmq.pop(queue_name text) returns setof pgmq.message_record language sql as $$ select null::pgmq.message_record where false $$;
create function pgmq.set_vt(queue_name text, msg_id bigint, vt integer) returns setof pgmq.message_record language sql as $$ select null::pgmq.message_record where false $$;
create function pgmq.archive(queue_name text, msg_id bigint) returns boolean language sql as $$ select true $$;
create function pgmq.archive(queue_name text, msg_ids bigint[]) returns setof bigint language sql as $$ select unnest(msg_ids) $$;
create function pgmq.delete(queue_name text, msg_id bigint) returns boolean language sql as $$ select true $$;
create function pgmq.delete(queue_name text, msg_ids bigint[]) returns setof bigint language sql as $$ select unnest(msg_ids) $$;
create function pgmq.purge_queue(queue_name text) returns bigint language sql as $$ select 0::bigint $$;
create function pgmq.list_queues() returns setof pgmq.queue_record language sql as $$ select null::pgmq.queue_record where false $$;
create function pgmq.metrics(queue_name text) returns pgmq.metrics_result language sql as $$ select null::pgmq.metrics_result $$;
create function pgmq.metrics_all() returns setof pgmq.metrics_result language sql as $$ select null::pgmq.metrics_result where false $$;`,
  },
  {
    extension: 'postgis',
    uses: /\b(?:geography|geometry)\s*\(\s*\w+|\bst_(?:makepoint|point|setsrid|distance|dwithin|geogfromtext|geomfromtext)\s*\(/i,
    schema: 'extensions',
    sql: `
${['geometry', 'geography']
  .map(
    (type) => `
create type extensions.${type};
create function extensions.${type}_in(cstring) returns extensions.${type} language internal immutable strict as 'textin';
create function extensions.${type}_out(extensions.${type}) returns cstring language internal immutable strict as 'textout';
create type extensions.${type} (input = extensions.${type}_in, output = extensions.${type}_out, like = text);
create function extensions.${type}(text) returns extensions.${type} language sql immutable as $$ select null::extensions.${type} $$;`,
  )
  .join('')}
create cast (extensions.geometry as extensions.geography) without function as implicit;
create cast (extensions.geography as extensions.geometry) without function;
${geometryCalls}
${nothing('extensions.st_makepoint(double precision, double precision)', point)}
${nothing('extensions.st_point(double precision, double precision)', point)}
${nothing('extensions.st_setsrid(extensions.geometry, integer)', point)}
${nothing('extensions.st_geomfromtext(text)', point)}${nothing('extensions.st_geomfromtext(text, integer)', point)}
${nothing('extensions.st_geogfromtext(text)', 'extensions.geography')}
${nothing('extensions.st_x(extensions.geometry)', 'double precision')}${nothing('extensions.st_y(extensions.geometry)', 'double precision')}
create table extensions.spatial_ref_sys (srid integer primary key, auth_name varchar(256), auth_srid integer, srtext varchar(2048), proj4text varchar(2048));`,
  },
  ...foreignDataStandIns,
  ...[
    'pgaudit',
    'index_advisor',
    'hypopg',
    'pg_repack',
    'plpgsql_check',
    'pg_prewarm',
    'pgstattuple',
    'pgrowlocks',
    'pgtap',
    'sslinfo',
  ]
    .concat('pg_stat_monitor', 'pg_tle', 'supautils', 'address_standardizer', 'pg_backtrace', 'xml2')
    .map((extension) => ({ extension, uses: /(?!)/, schema: 'extensions', sql: '' })),
];

/** The typmods of PostGIS types as blanks, which keeps every position: a stand-in type has none. */
export const withoutGeometryTypmods = (text: string): string =>
  text.replace(
    /\b((?:geometry|geography)\s*)(\(\s*'?\w+'?\s*(?:,\s*\d+\s*)?\))/gi,
    (whole, type: string, typmod: string) =>
      /^\(\s*(?:point|linestring|polygon|multi|geometrycollection|geometry)/i.test(typmod)
        ? type + ' '.repeat(typmod.length)
        : whole,
  );

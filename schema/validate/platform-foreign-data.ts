// Stand-ins for what reaches other databases: wrappers, postgres_fdw, dblink. Servers, mappings and foreign tables can be
// made, and nothing is reached.
import type { StandIn } from './platform-stand-ins.ts';

/** file_fdw, which the engine has, stands behind all of them: whoever asks what a table can do needs a real handler. */
const handler = (name: string): string =>
  `create function extensions.${name}_fdw_handler() returns fdw_handler language c strict as '$libdir/file_fdw', 'file_fdw_handler';
create function extensions.${name}_fdw_validator(options text[], catalog oid) returns boolean language sql as $$ select true $$;
create function extensions.${name}_fdw_meta() returns table (name text, version text, author text, website text) language sql as $$ select null, null, null, null where false $$;\n`;

const sources = [
  'airtable',
  'auth0',
  'big_query',
  'click_house',
  'cognito',
  'duckdb',
  'firebase',
  'hello_world',
  'iceberg',
  'logflare',
  'mssql',
  'redis',
  's3',
  's3_vectors',
  'stripe',
  'wasm',
];

const remote = (signature: string, returns: string, value: string): string =>
  `create function extensions.${signature} returns ${returns} language sql as $$ select ${value} $$;\n`;

export const foreignDataStandIns: readonly StandIn[] = [
  {
    extension: 'wrappers',
    uses: new RegExp(`\\b(?:${sources.join('|')})_fdw_handler\\b`, 'i'),
    schema: 'extensions',
    needs: 'file_fdw',
    sql: sources.map(handler).join(''),
  },
  {
    extension: 'postgres_fdw',
    uses: /\bforeign\s+data\s+wrapper\s+"?postgres_fdw\b/i,
    schema: 'extensions',
    needs: 'file_fdw',
    sql: `${handler('postgres')}create foreign data wrapper postgres_fdw handler extensions.postgres_fdw_handler;`,
  },
  {
    extension: 'dblink',
    uses: /\bdblink(?:_\w+)?\s*\(/i,
    schema: 'extensions',
    sql:
      ['text', 'text, text', 'text, boolean', 'text, text, boolean']
        .map((given) => remote(`dblink(${given})`, 'setof record', 'null::record where false'))
        .join('') +
      ['connect(text)', 'connect(text, text)', 'connect_u(text)', 'connect_u(text, text)', 'disconnect()']
        .concat(
          'disconnect(text)',
          'exec(text)',
          'exec(text, text)',
          'exec(text, text, boolean)',
          'error_message(text)',
        )
        .map((signature) => remote(`dblink_${signature}`, 'text', `'OK'::text`))
        .join('') +
      remote('dblink_get_connections()', 'text[]', 'null::text[]') +
      'create foreign data wrapper dblink_fdw;',
  },
];

// Every statement of the accounts and profiles rooms has the index it needs: with sequential scans made dear, none is left.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { allStatements } from '../../core/statement.ts';
import { type NativeDatabase, openNativeDatabase } from '../testing/database.ts';
import '../profiles/queries.ts';
import './api-key-queries.ts';
import './queries.ts';
import './signing-key-queries.ts';

/** Tables of a few rows, which are read whole. */
const small = /Seq Scan on signing_keys/;
let database: NativeDatabase;
let client: Client;
before(async () => {
  database = await openNativeDatabase();
  client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  await client.query('set search_path to "$user", public, extensions');
  await client.query('set enable_seqscan to off');
});
after(async () => {
  await client.end();
  await database.close();
});

test('no statement reads a table from end to end', async () => {
  const statements = allStatements().filter(({ name }) => /^(auth|profiles)_/.test(name));
  assert.ok(statements.length > 40);
  for (const { name, text } of statements) {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${text}`);
    const scans = rows.map((row) => row['QUERY PLAN']).filter((line) => line.includes('Seq Scan') && !small.test(line));
    assert.deepEqual(scans, [], name);
  }
});

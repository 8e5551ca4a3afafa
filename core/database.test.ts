// One way to the data on every engine: who asks decides what is seen, and nothing of it stays behind for the next.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { openNativeDatabase, openTestDatabase, type TestDatabase } from '../server/testing/database.ts';
import { createUser, type TestUser } from '../server/testing/users.ts';
import { type Database, DatabaseError } from './database.ts';
import { AppError } from './errors.ts';
import { newId } from './ids.ts';
import { statement } from './statement.ts';

const whoAmI = statement({
  name: 'test_who',
  text: `select current_user::text as role, auth.uid() as uid, coalesce(current_setting('request.jwt.claims', true), '') as claims`,
  columns: { role: 'text', uid: 'uuid?', claims: 'text' },
});
const insertConversation = statement({
  name: 'test_insert_conversation',
  text: 'insert into conversations (id, user_id, title) values ($1, $2, $3)',
  params: { id: 'uuid', user_id: 'uuid', title: 'text' },
});
const allConversations = statement({
  name: 'test_all_conversations',
  text: 'select id, user_id, title from conversations order by title',
  columns: { id: 'uuid', user_id: 'uuid', title: 'text?' },
});
const renameAll = statement({
  name: 'test_rename_all',
  text: 'update conversations set title = $1 returning id',
  params: { title: 'text' },
  columns: { id: 'uuid' },
});
const deleteAll = statement({
  name: 'test_delete_all',
  text: 'delete from conversations returning id',
  columns: { id: 'uuid' },
});
const giveAway = statement({
  name: 'test_give_away',
  text: 'update conversations set user_id = $1',
  params: { user_id: 'uuid' },
});
const divide = statement({
  name: 'test_divide',
  text: 'select 1 / $1::int4 as quotient',
  params: { by: 'int4' },
  columns: { quotient: 'int4' },
});
const broken = statement({ name: 'test_broken', text: 'select nonsense from nowhere' });
const one = statement({ name: 'test_one', text: 'select 1 as one', columns: { one: 'int4' } });
const none = statement({ name: 'test_none', text: 'select 1 as one where false', columns: { one: 'int4' } });
const needsVectors = statement({ name: 'test_needs_vectors', text: `select '[1]'::vector`, needs: ['vectors'] });
/** What a function with a stray reset would leave behind. */
const becomeNobody = statement({ name: 'test_reset_role', text: `select set_config('role', 'none', false)` });

const hasCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
const engines: readonly (readonly [string, () => Promise<TestDatabase>])[] = [
  ['PGlite', openTestDatabase],
  ['native PostgreSQL 15', () => openNativeDatabase(15)],
  ['native PostgreSQL 18', () => openNativeDatabase(18)],
];

describe('a database', { concurrency: true }, () => {
  for (const [engine, open] of engines) {
    describe(engine, { concurrency: 1 }, () => {
      let opened: TestDatabase;
      let db: Database;
      let anna: TestUser;
      let berta: TestUser;
      before(async () => {
        opened = await open();
        db = opened.db;
        anna = await createUser(db, 'anna@example.com');
        berta = await createUser(db, 'berta@example.com');
        for (const user of [anna, berta])
          await db.asUser(
            user.claims,
            ['Plans', 'Secrets'].map((title) => insertConversation({ id: newId(), user_id: user.id, title })),
          );
      });
      after(() => opened.close());

      /** Nobody's identity is left: each of the next three requests sees its own. */
      async function assertClean(): Promise<void> {
        assert.deepEqual(await db.asService('ingest', whoAmI()), [{ role: 'loam_ingest', uid: null, claims: '' }]);
        for (const user of [berta, anna]) {
          const [row] = await db.asUser(user.claims, whoAmI());
          assert.deepEqual(row, { role: 'authenticated', uid: user.id, claims: JSON.stringify(user.claims) });
          assert.equal((await db.asUser(user.claims, allConversations())).length, 2);
        }
        await assert.rejects(db.asService('ingest', deleteAll()), hasCode('forbidden'));
      }

      test('each request is who asked, also when many ask at once', async () => {
        const asked = Array.from({ length: 60 }, async (_, index) => {
          const user = [anna, berta][index % 3];
          if (user === undefined) return assert.equal((await db.asService('auth', whoAmI()))[0]?.uid, null);
          const uid =
            index % 2 === 0
              ? (await db.asUser(user.claims, whoAmI()))[0]?.uid
              : await db.asUser(user.claims, async (tx) => {
                  await tx.rows(one());
                  return (await tx.one(whoAmI())).uid;
                });
          assert.equal(uid, user.id);
        });
        await Promise.all(asked);
        await assertClean();
      });

      const accidents: Record<string, () => Promise<unknown>> = {
        'a statement that fails in a batch': () => db.asUser(anna.claims, [one(), divide({ by: 0 }), one()]),
        'a statement that does not parse': () => db.asUser(anna.claims, broken()),
        'a statement that does not parse, again': () => db.asUser(anna.claims, [one(), broken()]),
        'a statement that fails in a transaction': () =>
          db.asUser(anna.claims, async (tx) => await tx.rows(divide({ by: 0 }))),
        'a failure that the callback swallows': () =>
          db.asUser(anna.claims, async (tx) => {
            await tx.rows(divide({ by: 0 })).catch(() => {});
            await tx.rows(one());
          }),
        'a callback that throws': () =>
          db.asUser(anna.claims, async (tx) => {
            await tx.rows(one());
            throw new Error('thrown by the callback');
          }),
        'a callback that throws before its first statement': () =>
          db.asUser(anna.claims, async () => {
            throw new Error('thrown by the callback');
          }),
        'a callback that awaits something else': () =>
          db.asUser(anna.claims, async (tx) => await tx.rows(one()).then(() => new Promise(() => {}))),
        'a missing right': () => db.asUser(anna.claims, giveAway({ user_id: berta.id })),
      };
      for (const [name, happens] of Object.entries(accidents)) {
        test(`nothing of the caller stays behind after ${name}`, async () => {
          await assert.rejects(happens());
          await assertClean();
        });
      }

      test('nothing of the caller stays behind after a statement that nobody awaited', async () => {
        await db.asUser(anna.claims, async (tx) => {
          void tx.rows(one()).catch(() => {});
        });
        await assertClean();
      });

      test('a reset role has no rights at all', async () => {
        await assert.rejects(db.asUser(anna.claims, [becomeNobody(), allConversations()]));
        await assertClean();
      });

      test('row-level security is the last word: look-alike rows of two users', async () => {
        const rows = await db.asUser(anna.claims, allConversations());
        assert.deepEqual(
          rows.map(({ title, user_id }) => [title, user_id]),
          [
            ['Plans', anna.id],
            ['Secrets', anna.id],
          ],
        );
        await assert.rejects(
          db.asUser(anna.claims, insertConversation({ id: newId(), user_id: berta.id, title: 'Forged' })),
          hasCode('forbidden'),
        );
        const undo = new Error('undo');
        const changed = db.asUser(anna.claims, async (tx) => {
          assert.equal((await tx.rows(renameAll({ title: 'Mine now' }))).length, 2);
          assert.equal((await tx.rows(deleteAll())).length, 2);
          throw undo;
        });
        await assert.rejects(changed, undo);
        assert.equal((await db.asUser(berta.claims, allConversations())).length, 2);
        await assertClean();
      });

      test('a batch is one transaction: all of it or nothing', async () => {
        const [first, second] = [newId(), newId()];
        const insert = (id: string, title: string) => insertConversation({ id, user_id: anna.id, title });
        await assert.rejects(
          db.asUser(anna.claims, [insert(first, 'Once'), insert(first, 'Twice')]),
          hasCode('conflict'),
        );
        await assert.rejects(
          db.asUser(anna.claims, [insert(second, 'x'), insert(newId(), 'x'.repeat(501))]),
          hasCode('invalid_request'),
        );
        await assertClean();
      });

      test('errors in the words of the house, all others as the database said them', async () => {
        await assert.rejects(
          db.asUser(anna.claims, async (tx) => await tx.one(none())),
          hasCode('not_found'),
        );
        assert.equal(await db.asUser(anna.claims, async (tx) => await tx.maybe(none())), undefined);
        await assert.rejects(
          db.asUser(anna.claims, divide({ by: 0 })),
          (error) => error instanceof DatabaseError && error.sqlState === '22012',
        );
      });

      test('one batch is one round trip, and each statement counts', async () => {
        const [trips, statements] = [db.roundTripCount(), db.statementCount()];
        const [ones, who] = await db.asUser(anna.claims, [one(), whoAmI(), none()]);
        assert.deepEqual([ones[0]?.one, who[0]?.uid], [1, anna.id]);
        assert.deepEqual([db.roundTripCount() - trips, db.statementCount() - statements], [1, 3]);
        await db.asUser(anna.claims, async (tx) => await tx.batch([one(), one()]));
        assert.deepEqual([db.roundTripCount() - trips, db.statementCount() - statements], [3, 5]);
      });

      test('a transaction that has ended takes no more statements', async () => {
        const late = await db.asUser(anna.claims, async (tx) => () => tx.rows(one()));
        await assert.rejects(late(), /has ended/);
      });

      test('what needs vectors says so where there are none', async () => {
        const asked = db.asUser(anna.claims, needsVectors());
        if (db.installed.vectors) await asked;
        else await assert.rejects(asked, hasCode('feature_unavailable'));
      });

      test('notifications arrive, those of a transaction that failed do not, and none after unlistening', async () => {
        const notify = statement({
          name: 'test_notify',
          text: 'select pg_notify($1, $2)',
          params: { channel: 'text', payload: 'text' },
          columns: { pg_notify: 'void' },
        });
        const heard: (string | null)[] = [];
        const arrivals = new EventTarget();
        const stop = await db.listen('loam_test', (payload) => {
          heard.push(payload);
          arrivals.dispatchEvent(new Event('arrival'));
        });
        await assert.rejects(
          db.asUser(anna.claims, [notify({ channel: 'loam_test', payload: 'never' }), divide({ by: 0 })]),
        );
        const arrival = once(arrivals, 'arrival');
        await db.asUser(anna.claims, notify({ channel: 'loam_test', payload: 'Grüße 🦫 "x"' }));
        await arrival;
        await stop();
        const other = Promise.withResolvers<void>();
        await db.listen('loam_other', () => other.resolve());
        await db.asUser(anna.claims, [
          notify({ channel: 'loam_test', payload: 'too late' }),
          notify({ channel: 'loam_other', payload: '' }),
        ]);
        await other.promise;
        assert.deepEqual(heard, ['Grüße 🦫 "x"']);
      });
    });
  }
});

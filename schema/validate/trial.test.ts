// Trial calls find the search that fails on real rows, leave others alone, and write nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCatalog } from '../catalog/read.ts';
import { openScratch } from '../open-session.ts';
import { loadParser } from './syntax.ts';
import { trySearches } from './trial.ts';

test('a search over rows of another dimension fails when it is tried', async () => {
  await loadParser();
  const session = await openScratch();
  try {
    await session.exec(`create extension vector with schema extensions;
      create table mixed (id bigint, embedding vector);
      insert into mixed values (1, '[1,2,3]'), (2, '[1,2,3,4]');
      create table even (id bigint, embedding vector(3));
      insert into even values (1, '[1,2,3]');
      create function search_mixed(probe vector, how_many int default 3) returns setof bigint language sql stable
        as $$ select id from mixed order by embedding <=> probe limit how_many $$;
      create function search_cast(probe vector) returns setof bigint language plpgsql
        as $$ begin return query select id from even order by embedding <=> probe::vector(4) limit 1; end $$;
      create function search_even(probe vector, word text, filter jsonb) returns setof bigint language sql stable
        as $$ select id from even order by embedding <=> probe limit 1 $$;
      create function search_and_write(probe vector) returns setof bigint language plpgsql
        as $$ begin delete from even; return query select id from even order by embedding <=> probe::vector(4) limit 1; end $$;`);
    const failed = await trySearches(session, await readCatalog(session));
    assert.deepEqual(failed.map(({ object }) => object.replace(/\(.*$/, '')).sort(), [
      'public.search_cast',
      'public.search_mixed',
    ]);
    assert.match(
      failed.map(({ message }) => message).join('\n'),
      /different vector dimensions|expected 4 dimensions, not 3/,
    );
    assert.deepEqual(await session.rows('select count(*) from even'), [['1']]);
  } finally {
    await session.close();
  }
});

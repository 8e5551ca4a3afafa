// Answers in the wrong order, attempts that failed, and loads that are under way while something newer is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InfiniteQueryObserver } from '@tanstack/react-query';
import { openPage, settled } from '../testing/page.ts';
import { takeLatest, write } from './latest.ts';
import { Problem } from './problem.ts';
import { queryClient } from './query-client.ts';

const busy = new Problem(429, 'rate_limited', 'Too many requests.');

test('an earlier request that is answered later changes nothing', async () => {
  const taken: string[] = [];
  const early = Promise.withResolvers<string>();
  const late = Promise.withResolvers<string>();
  const ask = (answer: Promise<string>) =>
    takeLatest(
      ['order'],
      () => answer,
      (fresh) => taken.push(fresh),
    );
  const both = [ask(early.promise), ask(late.promise)];
  late.resolve('late');
  await settled();
  early.resolve('early');
  await Promise.all(both);
  assert.deepEqual(taken, ['late']);
});

test('an earlier request that is answered in time is shown until the later one is', async () => {
  const taken: string[] = [];
  const early = takeLatest(
    ['in time'],
    async () => 'early',
    (fresh) => taken.push(fresh),
  );
  const late = takeLatest(
    ['in time'],
    async () => 'late',
    (fresh) => taken.push(fresh),
  );
  await Promise.all([early, late]);
  assert.deepEqual(taken, ['early', 'late']);
});

test('what may pass is tried again after growing pauses, what may not is thrown at once', async (context) => {
  const { tick } = openPage(context);
  let attempts = 0;
  const failing = (problem: Problem) => async (): Promise<string> => {
    attempts += 1;
    throw problem;
  };
  const given = assert.rejects(
    takeLatest(['tries'], failing(busy), () => {}, 2),
    busy,
  );
  await settled();
  assert.equal(attempts, 1);
  await tick(1000);
  assert.equal(attempts, 2);
  await tick(1000);
  assert.equal(attempts, 2, 'the second pause is longer');
  await tick(2000);
  await given;
  assert.equal(attempts, 3);
  const gone = new Problem(404, 'not_found', 'Not found.');
  await assert.rejects(
    takeLatest(['tries'], failing(gone), () => {}, 2),
    gone,
  );
  assert.equal(attempts, 4);
});

test('attempts end when somebody asks anew', async (context) => {
  const { tick } = openPage(context);
  let attempts = 0;
  const failing = async (): Promise<string> => {
    attempts += 1;
    throw busy;
  };
  const first = takeLatest(['anew'], failing, () => {}, 3);
  await settled();
  await takeLatest(
    ['anew'],
    async () => 'fresh',
    () => {},
  );
  await tick(1000);
  await first;
  assert.equal(attempts, 1);
});

test('a page that was being loaded does not bring back what was replaced meanwhile', async () => {
  const pages = [Promise.resolve(['old']), Promise.withResolvers<string[]>()] as const;
  const observer = new InfiniteQueryObserver(queryClient, {
    queryKey: ['pages of words'],
    queryFn: ({ pageParam }) => (pageParam === 0 ? pages[0] : pages[1].promise),
    initialPageParam: 0,
    getNextPageParam: (_last, all) => all.length,
  });
  const leave = observer.subscribe(() => {});
  await settled();
  void observer.fetchNextPage();
  write<{ pages: string[][]; pageParams: number[] }>(['pages of words'], () => ({ pages: [['new']], pageParams: [0] }));
  pages[1].resolve(['second']);
  await settled();
  assert.deepEqual(queryClient.getQueryData(['pages of words']), { pages: [['new']], pageParams: [0] });
  leave();
  queryClient.clear();
});

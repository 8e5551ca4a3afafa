// The load of the gateway benchmark, in a process of its own: a closed loop of so many clients over kept connections.
import { Pool } from 'undici';

export interface LoadOrder {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly requests: number;
  readonly clients: number;
  /** The last bytes that a good answer has. */
  readonly ending: string;
}
export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds to the first byte and to the last, sorted. */
  readonly first: readonly number[];
  readonly whole: readonly number[];
  readonly failures: number;
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const pool = new Pool(order.origin, { connections: order.clients });
  const first: number[] = [];
  const whole: number[] = [];
  let failures = 0;
  let left = order.requests;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const started = performance.now();
      let status = 0;
      let tail = '';
      pool.dispatch(
        { method: 'POST', path: '/v1/chat/completions', headers: order.headers, body: order.body },
        {
          onRequestStart() {},
          onResponseStart(_controller, code) {
            status = code;
          },
          onResponseData(_controller, chunk) {
            if (tail === '') first.push(performance.now() - started);
            tail = (tail + chunk.toString('latin1')).slice(-64);
          },
          onResponseEnd() {
            whole.push(performance.now() - started);
            if (status !== 200 || !tail.trimEnd().endsWith(order.ending)) failures++;
            resolve();
          },
          onResponseError() {
            failures++;
            resolve();
          },
        },
      );
    });
  const client = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: order.clients }, client));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  const sorted = (list: number[]): number[] => list.sort((a, b) => a - b);
  return { seconds, first: sorted(first), whole: sorted(whole), failures };
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result));
});

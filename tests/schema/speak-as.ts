// The installed database in this process, spoken to as somebody: a person by his id, a visitor, a service role, the owner.
// Each call is one transaction that is kept.
import type { PGlite } from '@electric-sql/pglite';
import { openEngine } from './open-engine.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Speaker {
  /** Rows of the last statement. Throws what the engine says. */
  as(who: string, text: string): Promise<readonly Row[]>;
  /** The only value of the only row, as text. */
  ask(who: string, text: string): Promise<string | null>;
  /** The SQLSTATE, or how many rows came back or were touched. */
  attempt(who: string, text: string): Promise<string>;
  addPerson(id: string, email: string): Promise<void>;
  close(): Promise<void>;
}

const stateOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);

export async function openSpeaker(): Promise<Speaker> {
  const engine: PGlite = await openEngine();

  async function run(who: string, text: string): Promise<{ rows: readonly Row[]; touched: number }> {
    const isPerson = /^[0-9a-f]{8}-/.test(who);
    const claims = isPerson ? JSON.stringify({ sub: who, role: 'authenticated' }) : '';
    const role = isPerson ? 'authenticated' : who;
    return engine.transaction(async (tx) => {
      if (who !== 'owner')
        await tx.exec(`set local role ${role}; select set_config('request.jwt.claims', '${claims}', true)`);
      const results = await tx.exec(text);
      const last = results.at(-1);
      return { rows: last?.rows ?? [], touched: last?.affectedRows ?? 0 };
    });
  }

  return {
    as: async (who, text) => (await run(who, text)).rows,
    async ask(who, text) {
      const { rows } = await run(who, text);
      const value = Object.values(rows[0] ?? {})[0];
      return value === null || value === undefined ? null : value instanceof Date ? value.toISOString() : String(value);
    },
    attempt: (who, text) => run(who, text).then(({ rows, touched }) => String(Math.max(rows.length, touched)), stateOf),
    addPerson: async (id, email) => {
      await engine.exec(
        `insert into auth.users (id, aud, role, email) values ('${id}', 'authenticated', 'authenticated', '${email}')`,
      );
    },
    close: () => engine.close(),
  };
}

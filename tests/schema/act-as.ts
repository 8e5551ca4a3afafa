// Acting as somebody on a session of the toolkit: each statement in a transaction of its own, under the person's role and
// claims, and what it answers or is told when it is refused.
import { DatabaseError } from '../../core/database.ts';
import type { Session } from '../../schema/session.ts';

export interface Actor {
  /** Rows as texts, columns joined by commas. */
  reads(text: string): Promise<readonly string[]>;
  /** How many rows were written, or the SQLSTATE of the refusal. */
  writes(text: string): Promise<number | string>;
}

/** Somebody signed in, or a service role; `user` null is a visitor. */
export function actAs(session: Session, user: string | null, role = user === null ? 'anon' : 'authenticated'): Actor {
  const claims = JSON.stringify(user === null ? { role } : { sub: user, role });
  const run = async (text: string): Promise<readonly (readonly (string | null)[])[]> => {
    await session.exec(`begin; set local role ${role}`);
    try {
      await session.rows(`select set_config('request.jwt.claims', $1, true)`, [claims]);
      const rows = await session.rows(text);
      await session.exec('commit');
      return rows;
    } catch (error) {
      await session.exec('rollback');
      throw error;
    }
  };
  return {
    reads: async (text) => (await run(text)).map((row) => row.join(',')),
    writes: async (text) => {
      try {
        const wrote = /^\s*(insert|update|delete)/i.test(text)
          ? `with wrote as (${text} returning 1) select count(*) from wrote`
          : text;
        const [row] = await run(wrote);
        return wrote === text ? (row?.[0] ?? '') : Number(row?.[0]);
      } catch (error) {
        if (error instanceof DatabaseError) return error.sqlState;
        throw error;
      }
    },
  };
}

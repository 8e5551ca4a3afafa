// What the command line asks a running embedded server through the socket of its data folder: whether it runs, a copy of its
// data, and upkeep. Whoever may open the socket may read the folder anyway.
import { z } from 'zod';
import type { AdminSession } from '../../core/database.ts';
import { takeSnapshot } from '../backup/snapshot.ts';
import { runTask, taskRequest } from './tasks.ts';

const request = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('status') }),
  z.object({ ask: z.literal('snapshot') }),
  z.object({ ask: z.literal('maintain'), task: taskRequest }),
]);

/** Runs work between two transactions, with every right. */
export type Pause = <T>(work: (admin: AdminSession) => Promise<T>) => Promise<T>;

export interface CommandLine {
  answer(asked: unknown): Promise<unknown>;
  /** From here on the data can be asked for. */
  open(pause: Pause): void;
}

export function answerCommands(dataDir: string, status: () => object): CommandLine {
  let pause: Pause | null = null;
  return {
    open: (given) => {
      pause = given;
    },
    answer: async (asked) => {
      const parsed = request.safeParse(asked);
      // Whoever asks something else wants to know who is there.
      if (!parsed.success || parsed.data.ask === 'status') return status();
      if (pause === null) return { error: 'it is still starting' };
      try {
        const { data } = parsed;
        if (data.ask === 'snapshot') return await pause((admin) => takeSnapshot(dataDir, admin));
        return { lines: await pause((admin) => runTask({ ...admin, engine: 'pglite' }, data.task)) };
      } catch (error) {
        return { error: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

// `loam maintain <task>`: upkeep by command. A running embedded server does it itself, asked through its socket.
import { z } from 'zod';
import { readConfig } from '../core/config.ts';
import { askServer } from '../core/lock.ts';
import { runTask, taskNames, taskRequest } from '../schema/maintain/tasks.ts';
import { openForChanges, targetOf } from '../schema/open.ts';
import { openAddress } from '../schema/open-session.ts';
import { ToolError } from '../schema/session.ts';
import { alone } from './locked.ts';

export interface Options {
  readonly table?: string;
  readonly olderThan?: string;
  readonly drop?: string;
  readonly databaseUrl?: string;
}

const answer = z.union([z.object({ lines: z.array(z.string()) }), z.object({ error: z.string() })]);

async function perform(request: z.infer<typeof taskRequest>, url: string | undefined): Promise<readonly string[]> {
  const config = url === undefined ? readConfig() : null;
  const target = config === null ? null : targetOf(config);
  if (config !== null && target?.kind === 'pglite') {
    const raw = await askServer(config.dataDir, { ask: 'maintain', task: request });
    if (raw !== null) {
      const parsed = answer.safeParse(raw);
      if (!parsed.success)
        throw new ToolError('The running server does not know this task. Restart it with this release.');
      if ('error' in parsed.data) throw new ToolError(parsed.data.error);
      return parsed.data.lines;
    }
    return await alone(config, async () => {
      const session = await openForChanges(target);
      return await runTask({ ...session, engine: 'pglite' }, request).finally(() => session.close());
    });
  }
  const address = url ?? (target?.kind === 'postgres' ? (target.adminUrl ?? target.url) : '');
  const session = await openAddress(address);
  return await runTask(session, request).finally(() => session.close());
}

export async function maintain(task: string, options: Options, say: (line: string) => void): Promise<number> {
  const parsed = taskRequest.safeParse({
    task,
    ...(options.table === undefined ? {} : { table: options.table }),
    ...(options.olderThan === undefined ? {} : { olderThan: options.olderThan }),
    ...(options.drop === undefined ? {} : { drop: options.drop }),
  });
  if (!parsed.success) throw new ToolError(`There is no task ${task}. There are: ${taskNames.join(', ')}.`);
  const lines = await perform(parsed.data, options.databaseUrl);
  for (const line of lines) say(line);
  return task === 'alerts' && lines.some((line) => line.startsWith('fired')) ? 1 : 0;
}

// Runs one statement as somebody, tells what came back and what it did to another's rows, and takes everything back.
import { type PGlite, protocol } from '@electric-sql/pglite';
import { quoteText } from '../../schema/quote.ts';

const { serialize } = protocol;

export interface Trial {
  /** Each row as one text, or null when the statement was refused. */
  readonly rows: readonly string[] | null;
  /** How many rows a write touched. */
  readonly affected: number;
}

/** As a signed-in user. `look` is asked as superuser afterwards, in the same transaction, before it is rolled back. */
export async function tryAs<T>(
  engine: PGlite,
  user: string,
  text: string,
  values: readonly (string | null)[],
  look: (trial: Trial) => Promise<T>,
): Promise<T> {
  const claims = JSON.stringify({ sub: user, role: 'authenticated' });
  await engine.exec(
    `begin; set local role authenticated; select set_config('request.jwt.claims', ${quoteText(claims)}, true)`,
  );
  try {
    const trial = await runOne(engine, text, values);
    if (trial.rows === null) await engine.exec('rollback; begin');
    else await engine.exec(`reset role; select set_config('request.jwt.claims', '', true)`);
    return await look(trial);
  } finally {
    await engine.exec('rollback');
  }
}

async function runOne(engine: PGlite, text: string, values: readonly (string | null)[]): Promise<Trial> {
  const bytes = Buffer.concat([
    serialize.parse({ text }),
    serialize.bind({ values: [...values] }),
    serialize.describe({ type: 'P' }),
    serialize.execute({}),
    serialize.sync(),
  ]);
  try {
    const { messages } = await engine.execProtocol(bytes);
    const rows = messages.flatMap((message) =>
      message.name === 'dataRow' && 'fields' in message ? [JSON.stringify(message.fields)] : [],
    );
    const tags = messages.flatMap((message) =>
      message.name === 'commandComplete' && 'text' in message ? [String(message.text)] : [],
    );
    const [, affected = '0'] = /^(?:INSERT 0|UPDATE|DELETE|MERGE) (\d+)$/.exec(tags.at(-1) ?? '') ?? [];
    return { rows, affected: Number(affected) };
  } catch {
    return { rows: null, affected: 0 };
  }
}

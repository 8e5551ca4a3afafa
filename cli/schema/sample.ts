// Sample data for setup and reset: what `loam schema seed` makes of every table, on the session that is open.

import { quoteText } from '../../schema/quote.ts';
import { seedDatabase } from '../../schema/seed/seed.ts';
import { type Session, type Value, wireText } from '../../schema/session.ts';
import type { Opened, Say } from './target.ts';

/** The installer's session takes no values, so they are written into the text, each as a literal. */
function withValues({ session, engine }: Opened): Session {
  const written = (value: Value | undefined): string => {
    const text = value === undefined ? null : wireText(value);
    return text === null ? 'null' : quoteText(text);
  };
  return {
    engine,
    exec: session.exec,
    rows: (text, values = []) =>
      session.rows(values.length === 0 ? text : text.replace(/\$(\d+)\b/g, (_, at) => written(values[Number(at) - 1]))),
    takeNotices: () => [],
    close: async () => {},
  };
}

export async function sow(opened: Opened, say: Say): Promise<number> {
  const { rows, tables, users } = await seedDatabase(withValues(opened));
  say(`Sample data: ${rows} rows in ${tables.filter((each) => each.rows > 0).length} tables.`);
  for (const { email, password } of users.slice(0, 3))
    say(`  ${email}${password === null ? '' : `, password ${password}`}`);
  return 0;
}

// For tests: two scratch engines, one that is migrated and one that says what should come of it; and what a catalog says
// with all that may rightly differ left out.
import type { Catalog } from '../catalog/model.ts';
import { openScratch } from '../open-session.ts';
import type { Session } from '../session.ts';
import { diffSides } from './diff.ts';
import { flatten } from './expressions.ts';
import { readSide, type Side } from './side.ts';

const reset = `
  reset role;
  do $$ declare name text; begin
    for name in select nspname from pg_namespace where nspname ~ '^(public|extra|p\\d+x)$' loop execute format('drop schema %I cascade', name); end loop;
  end $$;
  create schema public;
  grant usage on schema public to anon, authenticated, service_role;
  create extension if not exists vector with schema extensions;
  drop foreign data wrapper if exists p_wrapper cascade;
  delete from storage.buckets;
  set search_path to "$user", public, extensions`;

/** Numbers of objects, places of columns and orders of lists say nothing about a schema. */
export function essence(catalog: Catalog): unknown {
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') return flatten(value);
    if (Array.isArray(value)) return value.map(clean);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(
          ([key]) => !['oid', 'position', 'estimatedRows', 'version', 'roles', 'unreadable', 'memberOf'].includes(key),
        )
        .map(([key, each]) => [
          key,
          ['columns', 'grants', 'functions', 'policies', 'indexes', 'constraints'].includes(key)
            ? sorted(each)
            : clean(each),
        ]),
    );
  };
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(clean).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : clean(value);
  return clean(catalog);
}

export interface Turned {
  readonly sql: string;
  readonly destructive: readonly string[];
  /** What a second comparison still finds; nothing when all is well. */
  readonly left: readonly string[];
  readonly came: unknown;
  readonly wanted: unknown;
}

export interface TwoEngines {
  /** Makes `a`, reads `b`, and applies the difference to `a` in one transaction. */
  turn(a: string, b: string): Promise<Turned>;
  /** The same from where the last turn ended. */
  turnOn(b: string): Promise<Turned>;
  close(): Promise<void>;
}

export async function openTwoEngines(): Promise<TwoEngines> {
  const [here, there] = [await openScratch(), await openScratch()];
  let from: Side | null = null;
  const make = async (session: Session, text: string): Promise<Side> => {
    await session.exec(reset);
    await session.exec(text);
    return await readSide(session);
  };
  const turnOn = async (b: string): Promise<Turned> => {
    const to = await make(there, b);
    const { sql, destructive } = diffSides(from ?? (await readSide(here)), to);
    try {
      await here.exec(`begin;\n${sql};\ncommit`);
    } catch (error) {
      await here.exec('rollback');
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${sql}`, { cause: error });
    }
    const after = await readSide(here);
    from = after;
    const left = diffSides(after, to).changes.map(({ title, how }) => `${how} ${title}`);
    return { sql, destructive, left, came: essence(after.catalog), wanted: essence(to.catalog) };
  };
  return {
    turn: async (a, b) => {
      from = await make(here, a);
      return await turnOn(b);
    },
    turnOn,
    close: async () => {
      await here.close();
      await there.close();
    },
  };
}

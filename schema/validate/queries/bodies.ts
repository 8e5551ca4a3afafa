// The statements inside of functions and views, with the names in them resolved.
import type { Node } from 'libpg-query';
import type { Catalog, Routine, View } from '../../catalog/model.ts';
import { parsePlpgsql, parseStatements } from './parse.ts';
import { type Query, queriesOf } from './scope.ts';
import { as } from './tree.ts';

export interface Body {
  /** How findings name it: `public.f(uuid)` or `public.v`. */
  readonly object: string;
  /** For sentences: `public.f` or `public.v`. */
  readonly name: string;
  readonly routine: Routine | null;
  readonly view: View | null;
  /** As it is written, for a first look. */
  readonly text: string;
  readonly statements: readonly Node[];
  readonly queries: readonly Query[];
  /** The schemas where its unqualified names are looked for. */
  readonly path: readonly string[];
}

const known = new WeakMap<Catalog, readonly Body[]>();

export const routineName = (routine: Routine): string => `${routine.schema}.${routine.name}(${routine.identity})`;

/** Functions in SQL and PL/pgSQL and all views. A body is parsed when it is asked for; one that does not parse is empty. */
export function bodiesOf(catalog: Catalog): readonly Body[] {
  const cached = known.get(catalog);
  if (cached !== undefined) return cached;
  const routines = catalog.functions.flatMap((routine): readonly Body[] => {
    if (routine.text === null || !['sql', 'plpgsql'].includes(routine.language)) return [];
    const name = `${routine.schema}.${routine.name}`;
    const of = { object: routineName(routine), name, routine, view: null, text: routine.body, path: pathOf(routine) };
    return [parsedLate(of, catalog, () => statementsOf(routine))];
  });
  const views = catalog.views.map((view): Body => {
    const name = `${view.schema}.${view.name}`;
    const of = { object: name, name, routine: null, view, text: view.text, path: [view.schema] };
    return parsedLate(of, catalog, () => parseStatements(view.text) ?? []);
  });
  const found = [...routines, ...views];
  known.set(catalog, found);
  return found;
}

function parsedLate(of: Omit<Body, 'statements' | 'queries'>, catalog: Catalog, parse: () => readonly Node[]): Body {
  let statements: readonly Node[] | undefined;
  let queries: readonly Query[] | undefined;
  return {
    ...of,
    get statements() {
      statements ??= parse();
      return statements;
    },
    get queries() {
      queries ??= queriesOf(this.statements, { catalog, path: of.path });
      return queries;
    },
  };
}

function statementsOf(routine: Routine): readonly Node[] {
  const text = routine.text ?? '';
  if (routine.language === 'plpgsql') return parsePlpgsql(text) ?? [];
  if (!/^\s*(begin\s+atomic|return)\b/i.test(routine.body)) return parseStatements(routine.body) ?? [];
  const body = as(parseStatements(text)?.[0], 'CreateFunctionStmt')?.sql_body;
  return body === undefined ? [] : [body];
}

/** The path that a function sets for itself, else the schema it lives in and the usual one. */
function pathOf(routine: Routine): readonly string[] {
  const set = routine.settings.find((setting) => setting.startsWith('search_path='));
  if (set === undefined) return [routine.schema, 'public', 'extensions'];
  return set
    .slice('search_path='.length)
    .split(',')
    .map((name) => name.trim().replace(/^["']|["']$/g, ''))
    .filter((name) => name !== '');
}

// From an object's identity to the statement that made it.
import type { Place, Source, Statement } from './source.ts';

export interface Spot extends Place {
  readonly statement: Statement | null;
}

interface Entry {
  readonly spot: Spot;
  readonly does: 'make' | 'alter' | 'drop';
}

export class Locator {
  readonly #entries = new Map<string, Entry>();
  readonly #made = new Set<string>();
  readonly #dynamic: readonly Statement[];

  constructor(sources: readonly Source[]) {
    const statements = sources.flatMap((source) => source.statements);
    for (const statement of statements)
      for (const { object, does, file, line, column } of statement.touches) {
        if (does === 'make') this.#made.add(object);
        const known = this.#entries.get(object);
        const repeated = known?.does === 'make' && (does === 'alter' || ifNotExists(statement));
        if (does === 'drop' || repeated) continue;
        this.#entries.set(object, { spot: { file, line, column, statement }, does });
      }
    this.#dynamic = statements.filter(
      ({ kind }) => kind === 'DoStmt' || kind === 'SelectStmt' || kind === 'InsertStmt',
    );
  }

  /** Whether these files make or alter exactly this object. */
  touches(object: string): boolean {
    return this.#entries.has(object);
  }

  makes(object: string): boolean {
    return this.#made.has(object);
  }

  /** Where it was made last; else its parent; else the DO block or call that names it; else null. */
  find(object: string): Spot | null {
    for (const identity of identities(object)) {
      const entry = this.#entries.get(identity);
      if (entry !== undefined) return entry.spot;
    }
    const name =
      object
        .replace(/^\w+ /, '')
        .replace(/\(.*$/, '')
        .replace(/^[^.]*\./, '')
        .replace(/ .*$/, '')
        .split('.')[0] ?? '';
    const statement = name.length < 3 ? undefined : this.#dynamic.find(({ text }) => text.includes(name));
    return statement === undefined ? null : { ...placeOf(statement), statement };
  }
}

const placeOf = ({ file, line, column }: Statement): Place => ({ file, line, column });

/** It changes nothing where the object is there already. */
function ifNotExists({ node }: Statement): boolean {
  if ('CreateStmt' in node) return node.CreateStmt.if_not_exists === true;
  if ('IndexStmt' in node) return node.IndexStmt.if_not_exists === true;
  return false;
}

/** The object itself, then what contains it. Functions also without the schemas of their argument types. */
function* identities(object: string): Generator<string> {
  yield object;
  const call = /^([^(]+)\((.*)\)$/.exec(object);
  if (call !== null) yield `${call[1] ?? ''}(${(call[2] ?? '').replace(/[\w"]+\.(?=\w)/g, '')})`;
  const part = /^(.*?) (?:policy|constraint|trigger) "/.exec(object);
  if (part?.[1] !== undefined) yield part[1];
  const dots = object.split('.');
  if (call === null && dots.length === 3) yield dots.slice(0, 2).join('.');
}

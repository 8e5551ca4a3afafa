// Names as libpg-query writes them, for identities. Expressions and queries are read in queries/.
import { loadModule, type Node } from 'libpg-query';

/** To be awaited once before anything is parsed; about 30 ms. */
export const loadParser = (): Promise<void> => loadModule();

/** The strings of a list of String nodes: a qualified name. */
export function strings(list: readonly Node[] | undefined): readonly string[] {
  return (list ?? []).map((node) => ('String' in node ? (node.String.sval ?? '') : '*'));
}

/** How the catalog names the types that the grammar renames or people abbreviate. */
const canonical: Readonly<Record<string, string>> = {
  int: 'integer',
  int4: 'integer',
  int8: 'bigint',
  int2: 'smallint',
  bool: 'boolean',
  varchar: 'character varying',
  bpchar: 'character',
  float8: 'double precision',
  float4: 'real',
  decimal: 'numeric',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  varbit: 'bit varying',
};

/** A type's name without schema and typmod, as format_type spells it: `character varying`, `vector`, `text[]`. */
export function typeName(type: { names?: Node[]; arrayBounds?: Node[] } | undefined): string {
  const name = strings(type?.names).at(-1) ?? '';
  return `${canonical[name] ?? name}${(type?.arrayBounds ?? []).length > 0 ? '[]' : ''}`;
}

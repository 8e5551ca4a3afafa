// Walking the parser's trees, and the few shapes that every rule asks for.
import type { ColumnRef, FuncCall, Node, TypeName } from 'libpg-query';

type Kinds = Node extends infer Each ? (Each extends object ? keyof Each : never) : never;
type Payload<Kind extends string> =
  Extract<Node, Record<Kind, unknown>> extends Record<Kind, infer Value> ? Value : never;

/** The payload of a node of this kind, or undefined. */
export function as<Kind extends Kinds>(node: unknown, kind: Kind): Payload<Kind> | undefined {
  if (typeof node !== 'object' || node === null || !(kind in node)) return undefined;
  return (node as Record<string, unknown>)[kind] as Payload<Kind>; // checked: the parser names a node by its kind
}

/** Calls `see` with every object below `root`, parents first, and the key it stands under; `false` leaves its children out. */
export function walk(root: unknown, see: (node: object, key: string) => boolean | undefined, key = ''): void {
  if (Array.isArray(root)) {
    for (const each of root) walk(each, see, key);
    return;
  }
  if (typeof root !== 'object' || root === null) return;
  if (see(root, key) === false) return;
  for (const [name, value] of Object.entries(root)) walk(value, see, name);
}

/** All payloads of this kind below `root`, in order. */
export function all<Kind extends Kinds>(root: unknown, kind: Kind): readonly Payload<Kind>[] {
  const found: Payload<Kind>[] = [];
  walk(root, (node) => {
    const payload = as(node, kind);
    if (payload !== undefined) found.push(payload);
    return undefined;
  });
  return found;
}

export const stringOf = (node: unknown): string | undefined => as(node, 'String')?.sval;

/** The names of `a.b.c`, a final `*` as `*`. */
export const namesOf = (ref: ColumnRef): readonly string[] =>
  (ref.fields ?? []).map((field) => stringOf(field) ?? (as(field, 'A_Star') === undefined ? '' : '*'));

export const nameList = (nodes: readonly Node[] | undefined): readonly string[] =>
  (nodes ?? []).map((node) => stringOf(node) ?? '');

/** Without its schema: an operator or function is known by its last name. */
export const lastName = (nodes: readonly Node[] | undefined): string => nameList(nodes).at(-1) ?? '';

export const functionName = (call: FuncCall): string => lastName(call.funcname);

/** A constant's text or number, as text; undefined for anything else. Casts around it do not count. */
export function constantOf(node: unknown): string | undefined {
  const cast = as(node, 'TypeCast');
  if (cast !== undefined) return constantOf(cast.arg);
  const constant = as(node, 'A_Const');
  if (constant === undefined || constant.isnull === true) return undefined;
  if (constant.sval !== undefined) return constant.sval.sval ?? '';
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  if (constant.fval !== undefined) return constant.fval.fval ?? '';
  if (constant.boolval !== undefined) return String(constant.boolval.boolval ?? false);
  return undefined;
}

export const isNull = (node: unknown): boolean => as(node, 'A_Const')?.isnull === true;

export interface WrittenType {
  readonly schema: string | null;
  readonly name: string;
  /** First number in the brackets: the dimension of a vector, the length of a varchar. */
  readonly size: number | null;
  readonly sizes: readonly number[];
  readonly array: boolean;
}

export function typeOf(type: TypeName | undefined): WrittenType | undefined {
  const names = nameList(type?.names);
  const name = names.at(-1);
  if (name === undefined) return undefined;
  const sizes = (type?.typmods ?? []).map((each) => Number(constantOf(each))).filter((each) => Number.isFinite(each));
  return {
    schema: names.length > 1 ? (names[0] ?? null) : null,
    name,
    size: sizes[0] ?? null,
    sizes,
    array: (type?.arrayBounds ?? []).length > 0,
  };
}

/** The parts of `a and b and c`. */
export function conjuncts(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  const bool = as(node, 'BoolExpr');
  return bool?.boolop === 'AND_EXPR' ? (bool.args ?? []).flatMap(conjuncts) : [node];
}

// Which objects a statement makes, alters or drops, by the identity that findings use too.
import type { Node, RangeVar } from 'libpg-query';
import { strings, typeName } from './syntax.ts';

export interface Touched {
  /**
   * `public.t`, `public.t.c`, `public.t policy "p"`, `public.t constraint "k"`, `public.t trigger "x"`, `index public.i`,
   * `public.f(uuid, text)`, `type public.e`, `schema s`, `extension e`.
   */
  readonly object: string;
  readonly does: 'make' | 'alter' | 'drop';
  /** The byte where a column or constraint stands; the statement's own place otherwise. */
  readonly location?: number;
}

const relation = (range: RangeVar | undefined, schema: string): string =>
  `${range?.schemaname ?? schema}.${range?.relname ?? ''}`;

const qualified = (names: readonly string[], schema: string): string =>
  names.length > 1 ? names.slice(-2).join('.') : `${schema}.${names[0] ?? ''}`;

/** The schema that `set search_path` puts first, or null for another statement. */
export function searchPathOf(node: Node): string | null {
  if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'search_path') {
    if (node.VariableSetStmt.kind !== 'VAR_SET_VALUE') return 'public';
    const names = (node.VariableSetStmt.args ?? []).map((each) =>
      'A_Const' in each ? (each.A_Const.sval?.sval ?? '') : '',
    );
    return names.find((name) => name !== '' && name !== '$user') ?? 'public';
  }
  return null;
}

export const policyOf = (table: string, name: string): string => `${table} policy "${name}"`;

/** What the statement itself makes, alters or drops; not what it brings about by CASCADE or inside DO. */
export function objectsOf(node: Node, schema: string): readonly Touched[] {
  if ('CreateStmt' in node) {
    const table = relation(node.CreateStmt.relation, schema);
    return [{ object: table, does: 'make' }, ...elements(node.CreateStmt.tableElts ?? [], table)];
  }
  if ('CreateForeignTableStmt' in node) {
    const base = node.CreateForeignTableStmt.base;
    const table = relation(base?.relation, schema);
    return [{ object: table, does: 'make' }, ...elements(base?.tableElts ?? [], table)];
  }
  if ('AlterTableStmt' in node)
    return altered(node.AlterTableStmt.cmds ?? [], relation(node.AlterTableStmt.relation, schema));
  if ('IndexStmt' in node) {
    const { idxname, relation: range } = node.IndexStmt;
    const table = relation(range, schema);
    const index =
      idxname === undefined
        ? []
        : [{ object: `index ${range?.schemaname ?? schema}.${idxname}`, does: 'make' } as const];
    return [...index, { object: table, does: 'alter' }];
  }
  if ('ViewStmt' in node) return [{ object: relation(node.ViewStmt.view, schema), does: 'make' }];
  if ('CreateTableAsStmt' in node)
    return [{ object: relation(node.CreateTableAsStmt.into?.rel, schema), does: 'make' }];
  if ('CreatePolicyStmt' in node) {
    const table = relation(node.CreatePolicyStmt.table, schema);
    return [{ object: policyOf(table, node.CreatePolicyStmt.policy_name ?? ''), does: 'make' }];
  }
  if ('AlterPolicyStmt' in node) {
    const table = relation(node.AlterPolicyStmt.table, schema);
    return [{ object: policyOf(table, node.AlterPolicyStmt.policy_name ?? ''), does: 'alter' }];
  }
  if ('CreateTrigStmt' in node) {
    const table = relation(node.CreateTrigStmt.relation, schema);
    return [{ object: `${table} trigger "${node.CreateTrigStmt.trigname ?? ''}"`, does: 'make' }];
  }
  if ('CreateFunctionStmt' in node) {
    const { funcname, parameters } = node.CreateFunctionStmt;
    return [{ object: `${qualified(strings(funcname), schema)}(${inputTypes(parameters).join(', ')})`, does: 'make' }];
  }
  if ('AlterFunctionStmt' in node) {
    const func = node.AlterFunctionStmt.func;
    return func === undefined ? [] : [{ object: routine(func.objname, func.objargs, schema), does: 'alter' }];
  }
  if ('CreateEnumStmt' in node)
    return [{ object: `type ${qualified(strings(node.CreateEnumStmt.typeName), schema)}`, does: 'make' }];
  if ('CreateDomainStmt' in node)
    return [{ object: `type ${qualified(strings(node.CreateDomainStmt.domainname), schema)}`, does: 'make' }];
  if ('CompositeTypeStmt' in node)
    return [{ object: `type ${relation(node.CompositeTypeStmt.typevar, schema)}`, does: 'make' }];
  if ('CreateSchemaStmt' in node) return [{ object: `schema ${node.CreateSchemaStmt.schemaname ?? ''}`, does: 'make' }];
  if ('CreateExtensionStmt' in node)
    return [{ object: `extension ${node.CreateExtensionStmt.extname ?? ''}`, does: 'make' }];
  if ('RenameStmt' in node) return renamed(node.RenameStmt, schema);
  if ('DropStmt' in node) return dropped(node.DropStmt, schema);
  return [];
}

function elements(list: readonly Node[], table: string): readonly Touched[] {
  return list.flatMap((element): readonly Touched[] => {
    if ('ColumnDef' in element) {
      const { colname = '', location, constraints } = element.ColumnDef;
      return [{ object: `${table}.${colname}`, does: 'make', ...at(location) }, ...elements(constraints ?? [], table)];
    }
    if ('Constraint' in element && element.Constraint.conname !== undefined) {
      const { conname, location } = element.Constraint;
      return [{ object: `${table} constraint "${conname}"`, does: 'make', ...at(location) }];
    }
    return [];
  });
}

const at = (location: number | undefined): { location?: number } =>
  location === undefined || location < 0 ? {} : { location };

function altered(commands: readonly Node[], table: string): readonly Touched[] {
  return [
    { object: table, does: 'alter' },
    ...commands.flatMap((command): readonly Touched[] => {
      if (!('AlterTableCmd' in command)) return [];
      const { subtype, def, name } = command.AlterTableCmd;
      if (subtype === 'AT_DropColumn') return [{ object: `${table}.${name ?? ''}`, does: 'drop' }];
      if (subtype === 'AT_DropConstraint') return [{ object: `${table} constraint "${name ?? ''}"`, does: 'drop' }];
      if (subtype === 'AT_AddColumn' || subtype === 'AT_AddConstraint')
        return def === undefined ? [] : elements([def], table);
      return name === undefined ? [] : [{ object: `${table}.${name}`, does: 'alter' }];
    }),
  ];
}

function inputTypes(parameters: readonly Node[] | undefined): readonly string[] {
  return (parameters ?? []).flatMap((each) => {
    if (!('FunctionParameter' in each)) return [];
    const { mode, argType } = each.FunctionParameter;
    return mode === 'FUNC_PARAM_OUT' || mode === 'FUNC_PARAM_TABLE' ? [] : [typeName(argType)];
  });
}

function routine(name: readonly Node[] | undefined, args: readonly Node[] | undefined, schema: string): string {
  const types = (args ?? []).map((each) => ('TypeName' in each ? typeName(each.TypeName) : ''));
  return `${qualified(strings(name), schema)}(${types.join(', ')})`;
}

type Rename = Extract<Node, { RenameStmt: unknown }>['RenameStmt'];

function renamed({ renameType, relation: range, subname, newname = '' }: Rename, schema: string): readonly Touched[] {
  const table = relation(range, schema);
  if (renameType === 'OBJECT_COLUMN') return [{ object: `${table}.${newname}`, does: 'make' }];
  if (renameType === 'OBJECT_POLICY') return [{ object: policyOf(table, newname), does: 'make' }];
  if (renameType === 'OBJECT_TABCONSTRAINT') return [{ object: `${table} constraint "${newname}"`, does: 'make' }];
  if (renameType === 'OBJECT_INDEX')
    return [{ object: `index ${range?.schemaname ?? schema}.${newname}`, does: 'make' }];
  if (range !== undefined && subname === undefined)
    return [
      { object: table, does: 'drop' },
      { object: `${range.schemaname ?? schema}.${newname}`, does: 'make' },
    ];
  return [];
}

type Drop = Extract<Node, { DropStmt: unknown }>['DropStmt'];

function dropped({ removeType, objects }: Drop, schema: string): readonly Touched[] {
  return (objects ?? []).map((object): Touched => {
    if ('ObjectWithArgs' in object)
      return { object: routine(object.ObjectWithArgs.objname, object.ObjectWithArgs.objargs, schema), does: 'drop' };
    const names =
      'List' in object
        ? strings(object.List.items)
        : 'TypeName' in object
          ? strings(object.TypeName.names)
          : strings([object]);
    const kind = removeType ?? '';
    if (kind === 'OBJECT_POLICY' || kind === 'OBJECT_TRIGGER') {
      const table = qualified(names.slice(0, -1), schema);
      return {
        object: `${table} ${kind === 'OBJECT_POLICY' ? 'policy' : 'trigger'} "${names.at(-1) ?? ''}"`,
        does: 'drop',
      };
    }
    if (kind === 'OBJECT_SCHEMA' || kind === 'OBJECT_EXTENSION')
      return { object: `${kind.slice(7).toLowerCase()} ${names[0] ?? ''}`, does: 'drop' };
    const prefix =
      kind === 'OBJECT_INDEX' ? 'index ' : kind === 'OBJECT_TYPE' || kind === 'OBJECT_DOMAIN' ? 'type ' : '';
    return { object: `${prefix}${qualified(names, schema)}`, does: 'drop' };
  });
}

// Which columns are written, and which of them make each unique key different from row to row.
import type { Catalog, Column, Table } from '../catalog/model.ts';
import { baseTypeOf } from './base-type.ts';
import { type ColumnPlan, type Draft, keyOf, primaryOf, type UniqueKey } from './plan-model.ts';
import { type Rules, readRules } from './rules.ts';

const isWhole = (type: string): boolean => /^int[248]$/.test(type);

/** Of each unique key one column is made so that no two rows are alike; what remains is watched while generating. */
export function columnPlans(
  draft: Draft,
  catalog: Catalog,
  hasMain: boolean,
): { columns: ColumnPlan[]; keys: UniqueKey[] } {
  const { table, references, uniques } = draft;
  const checks = table.constraints.filter(({ kind }) => kind === 'check').map(({ text }) => text);
  const rules: Rules = readRules(checks);
  const bound = new Set(references.filter(({ soft }) => !soft).flatMap(({ columns }) => columns));
  const primary = primaryOf(table);
  const typed = new Map(table.columns.map((column) => [column.name, baseTypeOf(catalog, column)]));
  const labelsOf = (column: Column): readonly string[] | null => {
    const name = column.typeName.replace(/^_/, '');
    return catalog.enums.find((each) => each.schema === column.typeSchema && each.name === name)?.values ?? null;
  };
  const distinct = new Set<string>();
  const counts = new Set<string>();
  const keys: UniqueKey[] = [];
  for (const key of uniques) {
    const free = key.columns.filter(
      (name) => !bound.has(name) && table.columns.some((each) => each.name === name && each.generated === null),
    );
    const fits = (name: string): boolean => rules.get(name)?.allowed === undefined && labelsOfName(name) === null;
    const labelsOfName = (name: string): readonly string[] | null => {
      const column = table.columns.find((each) => each.name === name);
      return column === undefined ? null : labelsOf(column);
    };
    const ofType = (test: (type: string) => boolean): string | undefined =>
      [...free].reverse().find((name) => test(typed.get(name)?.type ?? '') && fits(name));
    const whole = ofType(isWhole);
    const parentKey = references.some(
      ({ role, columns }) => role === 'main' && columns.some((name) => key.columns.includes(name)),
    );
    const word = ofType((type) => /^(text|varchar|citext|bpchar|name)$/.test(type));
    const chosen =
      ofType((type) => type === 'uuid') ??
      whole ??
      word ??
      ofType((type) => /^(timestamptz?|date|numeric)$/.test(type));
    // What a pattern shapes has no room for a number: it is drawn again until it is new.
    if (chosen === undefined || rules.get(chosen)?.pattern !== undefined) keys.push(key);
    if (chosen === undefined) continue;
    if (hasMain && parentKey && key.columns.length > 1 && (chosen === whole || chosen === word)) counts.add(chosen);
    else distinct.add(chosen);
  }
  const columns = table.columns.flatMap((column): ColumnPlan[] => {
    const given = column.identity !== null || /^nextval\(/.test(column.default ?? '');
    const inKey = primary.includes(column.name) || distinct.has(column.name) || referenced(catalog, table, column.name);
    if (column.generated !== null || (given && !inKey)) return [];
    const base = typed.get(column.name) ?? baseTypeOf(catalog, column);
    const ofDomain = readRules(base.checks).get('value') ?? {};
    const length = base.maxLength === null ? {} : { maxLength: base.maxLength };
    return [
      {
        column,
        type: base.type,
        array: base.array,
        composite: base.composite,
        rule: { ...length, ...ofDomain, ...rules.get(column.name) },
        labels: labelsOf(column),
        distinct: distinct.has(column.name) || (given && inKey),
        counts: counts.has(column.name),
        nullable: !column.notNull && !base.notNull,
      },
    ];
  });
  return { columns, keys };
}

const referenced = (catalog: Catalog, table: Table, column: string): boolean =>
  catalog.tables.some(({ constraints }) =>
    constraints.some(
      ({ target }) => target !== null && keyOf(target) === keyOf(table) && target.columns.includes(column),
    ),
  );

// The value of each column of each row, by its part in a key, its type, its checks and its name.

import { choiceMaker, type Making } from './choice-values.ts';
import { constantIn, kindsOf } from './kinds.ts';
import { arrayFor, compositeText, otherTypes } from './other-values.ts';
import { within } from './partitions.ts';
import { textFor } from './pattern.ts';
import { momentMaker, numberFor, optional } from './plain-values.ts';
import type { ColumnPlan, Reference, TablePlan } from './plan-model.ts';
import { platformMaker } from './platform-values.ts';
import { hashText, mix, randomFrom, uuidFor } from './random.ts';
import { cellOf, type Maker, ownerOf, parentRow, placeOf, type TableState, tenantOf, type World } from './state.ts';
import { finishText, plantedWord, type Scene, speaks, textKind } from './text-values.ts';
import { sparseText, vectorFor, vectorText } from './vectors.ts';

/** Makers of all columns of a table that are written. */
export function makersFor(making: Making, state: TableState): Map<string, Maker> {
  const makers = new Map<string, Maker>();
  const { plan } = state;
  for (const { name, generated, default: expression } of plan.table.columns) {
    const made = generated === null ? null : generatedMaker(state, expression ?? '');
    if (made !== null) makers.set(name, made);
  }
  for (const planned of [...plan.references].sort((a, b) => weight(plan, b) - weight(plan, a))) {
    if (planned.role === 'later') continue;
    const filled = planned.columns.some((name) => making.filled.has(`${plan.key}.${name}`));
    const reference = filled ? { ...planned, nullable: false } : planned;
    const shared = reference.columns.flatMap((name, index) => (makers.has(name) ? [index] : []));
    for (const [index, name] of reference.columns.entries())
      if (!shared.includes(index)) makers.set(name, referenceMaker(making.world, state, reference, index, shared));
  }
  // What waits for the end of a circle is empty until then.
  for (const { role, columns } of plan.references)
    for (const name of role === 'later' ? columns : []) if (!makers.has(name)) makers.set(name, () => null);
  const kinds = kindsOf(making.world.plan, plan);
  for (const columnPlan of plan.columns) {
    const { name } = columnPlan.column;
    const key = `${plan.key}.${name}`;
    const set = making.fixed.get(key);
    if (set !== undefined) makers.set(name, () => set);
    else if (kinds?.column === name && !makers.has(name))
      makers.set(name, (row) => kinds.values[row % kinds.values.length] ?? null);
    else if (!makers.has(name)) {
      const make = columnMaker(making, state, columnPlan);
      const isKey = plan.leaves?.some((leaf) => leaf.has(name)) === true;
      makers.set(name, isKey ? within(columnPlan, state, make) : make);
    }
  }
  return makers;
}

/** What a generated column of the simple kind will hold: a constant, another column, or the first of some that is not null. */
function generatedMaker(state: TableState, expression: string): Maker | null {
  const constant = constantIn(expression);
  if (constant !== null) return () => constant;
  const names =
    /^COALESCE\(([\w, ]+)\)$/i.exec(expression)?.[1]?.split(', ') ?? (/^\w+$/.test(expression) ? [expression] : null);
  if (names === null || !names.every((name) => state.plan.table.columns.some((column) => column.name === name)))
    return null;
  return (row, salt) => {
    for (const name of names) {
      const value = state.makers.get(name)?.(row, salt) ?? null;
      if (value !== null) return value;
    }
    return null;
  };
}

/** What a row belongs to decides first, then single columns; a foreign key over several follows them. */
const weight = (_plan: TablePlan, { columns, role }: Reference): number =>
  role === 'main' ? 2 : role === 'self' ? -4 : columns.length > 1 ? -2 : 0;

/**
 * Where a foreign key shares columns with another one, that one has given them their values, and the row pointed to must
 * agree. Some are tried; where none agrees the reference stays empty if it may.
 */
function referenceMaker(
  world: World,
  state: TableState,
  reference: Reference,
  index: number,
  shared: readonly number[],
): Maker {
  const target = world.states.get(reference.target);
  const column = reference.targetColumns[index] ?? '';
  const agrees = (row: number, salt: number, parent: number): boolean =>
    target === undefined ||
    shared.every((at) => {
      const own = state.makers.get(reference.columns[at] ?? '')?.(row, salt) ?? null;
      return cellOf(target, parent, reference.targetColumns[at] ?? '') === own;
    });
  const kinds = target === undefined ? null : kindsOf(world.plan, target.plan);
  const kind = kinds === null ? -1 : reference.targetColumns.indexOf(kinds.column);
  const find = (row: number, salt: number): number | null => {
    // The nth row of this kind, where no two may point to the same one.
    if (reference.role === 'one to one' && kinds !== null && shared.includes(kind)) {
      const own = state.makers.get(reference.columns[kind] ?? '')?.(row, salt) ?? '';
      const parent = row * kinds.values.length + kinds.values.indexOf(own);
      return parent < (target?.count ?? 0) ? parent : null;
    }
    const first = parentRow(world, state, reference, row, salt);
    if (shared.length === 0 || first === null) return first;
    for (let attempt = 0; attempt < 12; attempt++) {
      const parent = parentRow(world, state, reference, row, salt + attempt * 1009);
      if (parent !== null && parent >= 0 && agrees(row, salt, parent)) return parent;
    }
    return reference.nullable ? -1 : first;
  };
  return (row, salt) => {
    const parent = find(row, salt);
    return parent === null || parent < 0 || target === undefined ? null : cellOf(target, parent, column);
  };
}

function sceneMaker(making: Making, state: TableState, columnPlan: ColumnPlan): (row: number, seed: number) => Scene {
  const { world, voices } = making;
  const { plan } = state;
  const speaker = speaks(plan);
  const account =
    plan.key === world.plan.users ||
    plan.references.some(({ role, target }) => role === 'one to one' && target === world.plan.users);
  const main = plan.main === null ? undefined : world.states.get(plan.main.target);
  const columnSeed = mix(world.sizes.seed, hashText(columnPlan.column.name));
  return (row, salt) => {
    const place = placeOf(world, state, row);
    const owner = ownerOf(world, state, row);
    const tenant = tenantOf(world, state, row);
    const person = owner < 0 ? null : (voices.people[owner] ?? null);
    const firm = voices.firms[tenant < 0 ? row % voices.firms.length : tenant] ?? { name: 'Aldine', slug: 'aldine' };
    const turn =
      place.parent < 0 || main === undefined ? place.turn : mix(Math.floor(place.parent / main.step), place.position);
    return {
      plan,
      columnPlan,
      row,
      place,
      person,
      firm,
      mark: person?.mark ?? (tenant < 0 ? '' : firm.name),
      random: randomFrom(mix(columnSeed, turn, salt)),
      voices,
      account,
      answering: speaker === undefined || place.position % 2 === 1,
      planted:
        place.parent >= 0 && main !== undefined && place.position === (speaker === undefined ? 0 : 1)
          ? plantedWord(world.sizes.seed, main.number, place.parent)
          : null,
    };
  };
}

function columnMaker(making: Making, state: TableState, columnPlan: ColumnPlan): Maker {
  const { world } = making;
  const { column, type, rule } = columnPlan;
  if (rule.null === true && columnPlan.nullable) return () => null;
  if (columnPlan.array) return () => arrayFor(columnPlan);
  const scene = sceneMaker(making, state, columnPlan);
  const platform = platformMaker(making, state, columnPlan, scene);
  if (platform !== null) return platform;
  const choice = choiceMaker(making, state, columnPlan);
  if (choice !== null) return choice;
  const skipped = optional(columnPlan, state.plan);
  if (skipped) return () => null;
  const least = rule.minLength ?? 0;
  const width = /^(varchar|bpchar)$/.test(type) && column.typmod > 4 ? column.typmod - 4 : 100_000;
  const limit = Math.min(width, rule.maxLength ?? 100_000);
  switch (type) {
    case 'uuid':
      return (row) => uuidFor(world.sizes.seed, state.number * 64 + (column.position % 64), row);
    case 'text':
    case 'varchar':
    case 'citext':
    case 'bpchar':
    case 'name': {
      const { pattern } = rule;
      if (pattern !== undefined) {
        let shape: RegExp | undefined;
        return (row, salt) => {
          const around = scene(row, salt);
          const usual = finishText(textKind(column.name).make(around) ?? '', around, 'whole', limit, least);
          if (!columnPlan.distinct) {
            shape ??= new RegExp(pattern);
            if (shape.test(usual)) return usual;
          }
          const random = randomFrom(mix(world.sizes.seed, hashText(column.name), row, salt));
          return textFor(pattern, random) ?? usual;
        };
      }
      const { make, form } = textKind(column.name);
      return (row, salt) => {
        const around = scene(row, salt);
        const made = make(around);
        if (made === null && columnPlan.nullable) return null;
        return finishText(made ?? column.name, around, form, limit, least);
      };
    }
    case 'vector':
    case 'halfvec':
    case 'sparsevec': {
      const dimensions = column.typmod > 0 ? column.typmod : world.sizes.dimensions;
      const seed = world.sizes.seed;
      return (row) => {
        const place = placeOf(world, state, row);
        const vector = vectorFor(seed, place.topic, place.rank, mix(state.number, row), dimensions);
        return type === 'sparsevec' ? sparseText(vector) : vectorText(vector);
      };
    }
    case 'timestamptz':
    case 'timestamp':
    case 'date':
    case 'time':
    case 'timetz':
      return momentMaker(world, state, columnPlan);
    case 'json':
    case 'jsonb':
      return documentMaker(columnPlan, scene);
    default: {
      const number = numberFor(world, state, columnPlan);
      if (number !== null) return (row, salt) => number(row, scene(row, salt));
      const { composite } = columnPlan;
      if (composite !== null) return (row, salt) => compositeText(composite, scene(row, salt), world.sizes);
      const other = otherTypes[type];
      if (other !== undefined) return (row, salt) => other(scene(row, salt).random, row, column);
      if (type.endsWith('multirange')) return () => '{}';
      if (column.typeKind === 'range') return () => 'empty';
      return () => (column.default === null && !columnPlan.nullable ? '' : null);
    }
  }
}

/** What is open to everybody's notes gets some; else what the column would hold by itself. */
function documentMaker({ column, rule, nullable }: ColumnPlan, scene: (row: number, salt: number) => Scene): Maker {
  if (rule.jsonType === 'array')
    return () => JSON.stringify(Array.from({ length: rule.minItems ?? 0 }, () => ({ seeded: true })));
  const notes = /^(meta_?data|details?|notes|attributes|properties|extra|data|custom|tags)$/.test(column.name);
  const usual = /^'(.*)'::jsonb?$/.exec(column.default ?? '')?.[1];
  if (!notes && usual !== undefined) return () => usual;
  if (!notes && nullable) return () => null;
  return (row, salt) => {
    const { place, mark } = scene(row, salt);
    return JSON.stringify({ seeded: true, turn: place.turn, ...(mark === '' ? {} : { owner: mark }) });
  };
}

// References that had to wait, because tables point to each other: filled in once all rows are there.

import { quoteName, quoteText } from '../quote.ts';
import type { Session } from '../session.ts';
import type { Reference } from './plan-model.ts';
import { cellOf, parentRow, type TableState, type World } from './state.ts';
import { quoteTable } from './write.ts';

const batch = 500;

async function close(session: Session, world: World, state: TableState, reference: Reference): Promise<void> {
  const { plan } = state;
  const target = world.states.get(reference.target);
  const primary = plan.table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
  if (target === undefined || primary.length === 0 || state.pool !== null) return;
  const typeOf = (name: string): string => plan.table.columns.find((column) => column.name === name)?.type ?? 'text';
  const others = new Set(plan.references.filter((each) => each !== reference).flatMap(({ columns }) => columns));
  const open = reference.columns
    .map((name, index) => ({ name, index }))
    .filter(({ name }) => !others.has(name) && !primary.includes(name));
  if (open.length === 0) return;
  const literal = (value: string | null, name: string): string =>
    value === null ? `null::${typeOf(name)}` : `${quoteText(value)}::${typeOf(name)}`;
  for (let first = 0; first < state.count; first += batch) {
    const lines: string[] = [];
    for (let row = first; row < Math.min(first + batch, state.count); row++) {
      const parent = parentRow(world, state, reference, row, 0);
      if (parent === null || parent < 0) continue;
      const keys = primary.map((name) => literal(cellOf(state, row, name), name));
      const values = open.map(({ name, index }) =>
        literal(cellOf(target, parent, reference.targetColumns[index] ?? ''), name),
      );
      lines.push(`(${[...keys, ...values].join(', ')})`);
    }
    if (lines.length === 0) continue;
    const names = [...primary.map((name) => `key ${name}`), ...open.map(({ name }) => `new ${name}`)].map(quoteName);
    await session.exec(
      `update ${quoteTable(plan)} as seeded
       set ${open.map(({ name }) => `${quoteName(name)} = given.${quoteName(`new ${name}`)}`).join(', ')}
       from (values ${lines.join(',\n')}) as given (${names.join(', ')})
       where ${primary.map((name) => `seeded.${quoteName(name)} = given.${quoteName(`key ${name}`)}`).join(' and ')}`,
    );
  }
}

export async function closeCircles(session: Session, world: World): Promise<void> {
  for (const state of world.states.values())
    for (const reference of state.plan.references)
      if (reference.role === 'later') await close(session, world, state, reference);
}

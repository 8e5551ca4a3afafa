// The positive control: isolation that keeps everybody out proves nothing. Owners must reach their own rows, and a right
// that was granted must be of use to somebody.
import type { Table } from '../catalog/model.ts';
import { type Command, type Finding, keyOf } from './model.ts';
import { scriptOf } from './trial.ts';
import { type Entry, rightsOf, rowsIn, type Trial } from './trial-state.ts';

const commands: readonly Command[] = ['select', 'insert', 'update', 'delete'];

/** What should have been possible and was not, by role and command of one table. */
export function controlTable(trial: Trial, table: Table, entries: readonly Entry[]): readonly Finding[] {
  const { catalog } = trial.fixture;
  const key = keyOf(table);
  const mine = entries.filter(({ object }) => object === key);
  const policies = catalog.policies.filter(({ schema, table: name }) => schema === table.schema && name === table.name);
  const found: Finding[] = [];
  if (table.partitionOf !== null || rowsIn(trial, table).length === 0) return found;
  for (const role of new Set(trial.actors.map((actor) => actor.role))) {
    // A policy without TO speaks to everybody, and means those who have an account.
    const isSignedIn = trial.actors.some((actor) => actor.role === role && actor.kind === 'person');
    const rights = rightsOf(trial, role, table.oid);
    const granted: Readonly<Record<string, boolean>> = {
      select: rights.select.size > 0,
      insert: rights.insert.size > 0,
      update: rights.update.size > 0,
      delete: rights.delete,
    };
    for (const command of commands) {
      if (granted[command] !== true) continue;
      const named = policies.some(
        (policy) =>
          policy.permissive &&
          (policy.command === command || policy.command === 'all') &&
          (policy.roles.includes(role) || (policy.roles.includes('public') && isSignedIn)),
      );
      // Where everything is granted to everybody by default, a grant is no promise; a policy is.
      if ((rights.blanket || table.schema === 'storage') && !named) continue;
      const tries = mine.filter(
        (entry) => entry.actor.role === role && entry.command === command && !/^(moved|set): /.test(entry.detail),
      );
      const worked = tries.some((entry) => works(command, entry));
      if (worked || tries.length === 0) continue;
      const first = tries.find(({ actor }) => actor.name === 'a') ?? tries[0];
      const why = first?.outcome.state == null ? 'no row was reached' : first.outcome.message;
      const finding = { object: key, role, command, columns: [] };
      // Nobody can ever pass: that is known, and no gap in the proof.
      if (named && first !== undefined && tries.every((entry) => isBroken(table, entry)))
        found.push({
          ...{ ...finding, kind: 'broken', level: 'warning' },
          message: `never works: no policy can be evaluated for ${role}: ${why.trim()}`,
          script: scriptOf(first.outcome.attempt),
        });
      else
        found.push({
          ...{ ...finding, kind: 'control', script: '' },
          level: rights.blanket && command !== 'select' ? 'warning' : 'error',
          message: `${role} may ${command} by ${named ? 'a policy' : 'a grant'}, and nobody could: ${why.trim()}`,
          ...(named ? { unproved: `${command} as ${role}` } : {}),
        });
    }
  }
  return found;
}

/** Evaluating the policies was an error, whatever the row: another table may not be read, an operator is not there, a circle. */
function isBroken({ name }: Table, { outcome: { state, message } }: Entry): boolean {
  if (state === null || !/^42/.test(state)) return false;
  return (
    state !== '42501' ||
    (/^permission denied for (table|view|function|schema)/.test(message) &&
      !message.startsWith(`permission denied for table ${name} `) &&
      message.trim() !== `permission denied for table ${name}`)
  );
}

const works = (command: Command, { passed, detail }: Entry): boolean =>
  passed && (command !== 'insert' || detail.startsWith('own '));

/** Tables on which nothing was tried, because no row could be made. */
export function untested(trial: Trial): readonly Finding[] {
  return [...trial.fixture.unmade].map(([object, reason]) => ({
    ...{ kind: 'control', level: 'error', object, role: '', command: 'select', columns: [], script: '' },
    message: `nothing was proved: no row could be made (${reason})`,
    unproved: 'no row could be made',
  }));
}

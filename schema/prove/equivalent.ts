// Faults that are none: what they change nobody can use, because something else says the same. Decided from grants and
// conditions alone, never from whether the proof noticed.
import type { Policy, Table } from '../catalog/model.ts';

import { type Mutant, splitCondition } from './mutants.ts';
import { rightsOf, type Trial } from './trial-state.ts';

const commands = ['select', 'insert', 'update', 'delete'] as const;
type Command = (typeof commands)[number];

function holds(trial: Trial, role: string, table: Table, command: Command): boolean {
  const rights = rightsOf(trial, role, table.oid);
  return command === 'delete' ? rights.delete : rights[command].size > 0;
}

const of = ({ command }: Policy): readonly Command[] => (command === 'all' ? commands : [command]);
/** Conditions that ask who somebody is are false, or null, for a role without a token. */
const asksWho = (policy: Policy): boolean => {
  const parts = [policy.using, policy.check].filter((text) => text !== null);
  return (
    parts.length > 0 &&
    parts.every((text) => splitCondition(text).operator !== 'OR' && /auth\.uid\(\)|is_admin\(\)/.test(text))
  );
};

function roleToPublic(trial: Trial, table: Table, policy: Policy): string | null {
  const others = [...new Set(trial.actors.map(({ role }) => role))].filter((role) => !policy.roles.includes(role));
  const holding = others.filter((role) => of(policy).some((command) => holds(trial, role, table, command)));
  if (holding.length === 0) return 'no other role holds the right';
  const noToken = holding.every((role) =>
    trial.actors.some((actor) => actor.role === role && (actor.kind === 'service' || actor.kind === 'anonymous')),
  );
  if (noToken && asksWho(policy)) return `the other roles that hold the right (${holding.join(', ')}) carry no token`;
  const covered = holding.every((role) =>
    of(policy)
      .filter((command) => holds(trial, role, table, command))
      .every((command) => allowsAll(trial, policy, role, command)),
  );
  return covered
    ? `the other roles that hold the right (${holding.join(', ')}) may do it by policies of their own`
    : null;
}

/** Some other permissive policy lets this role reach every row by this command. */
function allowsAll(trial: Trial, except: Policy | null, role: string, command: Command): boolean {
  return trial.fixture.catalog.policies.some((each) => {
    if (each === except || !each.permissive) return false;
    if (except !== null ? each.schema !== except.schema || each.table !== except.table : false) return false;
    const applies =
      (each.roles.includes(role) || each.roles.includes('public')) &&
      (each.command === command || each.command === 'all');
    const open =
      command === 'insert'
        ? (each.check ?? each.using) === 'true'
        : each.using === 'true' && (command !== 'update' || (each.check ?? each.using) === 'true');
    return applies && open;
  });
}

/** What the check loses is what USING has asked of the old row, about columns that nobody concerned may change. */
function weakerCheck(trial: Trial, table: Table, policy: Policy, mutant: Mutant): string | null {
  if (policy.command !== 'update' || policy.using === null) return null;
  const written = policy.roles.flatMap((role) => [...rightsOf(trial, role, table.oid).update]);
  // Generated columns follow what they are computed from.
  const follow = table.columns
    .filter(({ generated, default: from }) => generated !== null && written.some((name) => from?.includes(name)))
    .map(({ name }) => name);
  const reads = (text: string): boolean =>
    [...written, ...follow].some((name) => new RegExp(`\\b${name}\\b`).test(text));
  const weaker = /^check( true|: drop a conjunct|: and to or)$/.test(mutant.kind);
  const sameAgain = 'USING asks the same of the old row, and nobody concerned may change what it reads';
  if (weaker && (policy.check ?? policy.using) === policy.using && !reads(policy.using)) return sameAgain;
  const after =
    mutant.policies.find(
      (each) => each.schema === policy.schema && each.table === policy.table && each.name === policy.name,
    )?.check ?? 'true';
  const bare = (text: string): string => {
    const { operator, operands } = splitCondition(text);
    return operands
      .join(` ${operator ?? ''} `)
      .replace(/\s+/g, ' ')
      .trim();
  };
  const parts = (text: string): readonly string[] => {
    const { operator, operands } = splitCondition(text);
    return operator === 'AND' ? operands.map(bare) : [bare(text)];
  };
  const had = parts(policy.check ?? policy.using);
  const has = after === 'true' ? [] : parts(after);
  // A part that became weaker asks less of what USING has asked already; one that became another is another matter.
  if (!weaker && has.some((part) => !had.includes(part))) return null;
  const lost = had.filter((part) => !has.includes(part));
  const asked = parts(policy.using);
  const kept = lost.every((part) => asked.includes(part) && !reads(part));
  return kept ? sameAgain : null;
}

function rlsOff(trial: Trial, table: Table): string | null {
  const own = { schema: table.schema, table: table.name } as Policy; // checked: allowsAll reads these two of it
  const narrowed = [...new Set(trial.actors.map(({ role }) => role))].some((role) =>
    commands.some((command) => holds(trial, role, table, command) && !allowsAll(trial, own, role, command)),
  );
  return narrowed ? null : 'no policy narrows what the grants give';
}

/** The reason why no attempt of anybody can tell the fault from the original; null when one might. */
export function equivalentBecause(trial: Trial, mutant: Mutant): string | null {
  const table = [...trial.fixture.structure.shapes.values()].find(({ key }) => key === mutant.object)?.table;
  if (table === undefined) return null;
  if (mutant.kind === 'rls off') return rlsOff(trial, table);
  const { policy } = mutant;
  if (policy === undefined) return null;
  const named = policy.roles.includes('public') ? [...new Set(trial.actors.map(({ role }) => role))] : policy.roles;
  if (
    mutant.kind !== 'role to public' &&
    !named.some((role) => of(policy).some((command) => holds(trial, role, table, command)))
  )
    return 'nobody whom it speaks of holds the right';
  const writes = named.some((role) => holds(trial, role, table, 'insert') || holds(trial, role, table, 'update'));
  if (/^check/.test(mutant.kind) && !writes) return 'nobody whom it speaks of may write';
  if (mutant.kind === 'role to public') return roleToPublic(trial, table, policy);
  return mutant.kind.startsWith('check') ? weakerCheck(trial, table, policy, mutant) : null;
}

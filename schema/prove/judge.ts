// From what attempts came to, to findings: somebody read, changed, moved, forged, hung on or learned what is not theirs.
import type { Difference } from './absent.ts';
import type { Fixture } from './fixture.ts';
import { describe, judgeCall, judgeDifference, judgeError, trespassed } from './judge-answers.ts';
import { type Draft, isShared, judgeInsert, tableOf } from './judge-inserts.ts';
import { type Command, type Finding, keyOf } from './model.ts';
import { scriptOf } from './trial.ts';
import type { Entry } from './trial-state.ts';
import { mostPowerful } from './values.ts';

/** Columns whose holder may do more, or pays less. */
const power =
  /^(role|roles|user_role|is_(super)?_?admin|is_staff|admin|superuser|permissions?|scopes?|access_level|plan|tier|subscription(_\w+)?|credits?|balance|(\w+_)?quota(_\w+)?|(\w+_)?limit(_\w+)?|total_(tokens|cost)\w*|banned(_\w+)?|is_banned|(is_)?verified|email_verified)$/i;
/** Granted with everything else, as Supabase does by default. */
function isBlanket({ catalog }: Fixture, { object, actor }: Entry): boolean {
  const grants = catalog.tables.find((table) => keyOf(table) === object)?.grants ?? [];
  return ['TRIGGER', 'REFERENCES', 'DELETE'].every((wanted) =>
    grants.some(({ grantee, privilege }) => grantee === actor.role && privilege === wanted),
  );
}

function judgeEntry(fixture: Fixture, entry: Entry): readonly Draft[] {
  const { actor, command, detail, outcome } = entry;
  if (!entry.passed || (actor.kind !== 'anonymous' && actor.kind !== 'person')) return [];
  const found: Draft[] = [];
  if (detail === 'sequence')
    return [{ kind: 'infer', level: 'info', entry, columns: [], what: 'reads how far a sequence has counted' }];
  if (command === 'truncate')
    found.push({
      kind: 'write',
      // The API cannot say it; where everything is granted by default it is everywhere.
      level: isBlanket(fixture, entry) ? 'info' : 'warning',
      entry,
      columns: [],
      what: 'may empty the table: policies do not apply to TRUNCATE',
    });
  else if (detail.startsWith('set: ')) found.push(...judgePower(fixture, entry));
  else if (command === 'insert' || detail.startsWith('moved: '))
    found.push(...[judgeInsert(fixture, entry)].filter((each) => each !== null));
  else if (command !== 'call') {
    const rows = trespassed(fixture, entry);
    const verb = { select: 'reads', update: 'changes', delete: 'removes' }[command];
    if (rows.length > 0)
      found.push({
        kind: command === 'select' ? 'read' : 'write',
        level: 'error',
        entry,
        columns: command === 'update' ? [detail.replace(/ unseen$/, '')] : [],
        what: `${verb} ${describe(rows)} of others${detail.endsWith(' unseen') ? ' without seeing them' : ''}`,
      });
    else if (command !== 'select' && entry.labels.some((label) => isShared(fixture, entry, label)))
      found.push({
        kind: 'write',
        level: 'error',
        entry,
        columns: command === 'update' ? [detail] : [],
        what: `${verb} what is shared, as ${actor.person?.title ?? ''}`,
      });
    if (command === 'update' && outcome.state === null) found.push(...judgePower(fixture, entry));
  }
  return found;
}

/** A person's own row, or own membership, in a column that says what the person may. */
function judgePower(fixture: Fixture, entry: Entry): readonly Draft[] {
  const { actor, detail, labels } = entry;
  const table = tableOf(fixture, entry);
  const membership = fixture.structure.memberships.find((each) => each.table === table);
  const column = /^set: (\w+)=/.exec(detail)?.[1] ?? detail;
  const mine = labels.some((label) => {
    const row = fixture.byLabel.get(label);
    // What an organization lets its owner set for its people is not the owner's own.
    return (
      row !== undefined && row.person === actor.person?.key && (row.containers.size === 0 || membership !== undefined)
    );
  });
  if (!mine || detail.endsWith(' unseen')) return [];
  const draft: Draft = {
    kind: 'power',
    level: 'error',
    entry,
    columns: [column],
    what: `changes ${column} of the own row, which confers power`,
  };
  if (membership !== undefined && !fixture.structure.people.has(table)) {
    const title = actor.person?.title ?? null;
    return column === membership.title &&
      actor.person?.key !== actor.person?.world &&
      title !== mostPowerful([title ?? ''])
      ? [draft]
      : [];
  }
  const isAccount = fixture.structure.people.has(table) || /quota|subscription|credit|user_role/i.test(table);
  return isAccount && power.test(column) ? [draft] : [];
}

const commandOf = ({ command, detail }: Entry): Command => (detail.startsWith('moved: ') ? 'update' : command);

/** One finding an object, role, command and kind; columns gathered. */
export function judge(
  fixture: Fixture,
  entries: readonly Entry[],
  differences: readonly Difference[],
): readonly Finding[] {
  const drafts = [
    ...entries.flatMap((entry) => [
      ...judgeEntry(fixture, entry),
      ...judgeCall(fixture, entry),
      ...judgeError(fixture, entry),
    ]),
    ...differences.flatMap((difference) => judgeDifference(fixture, difference)),
  ];
  const groups = Map.groupBy(drafts, ({ kind, level, entry, what, columns }) =>
    [
      kind,
      level,
      entry.object,
      entry.actor.role,
      commandOf(entry),
      kind === 'write' && entry.command === 'update'
        ? ''
        : kind === 'infer'
          ? columns.join() || entry.command
          : what.replace(/\(.*/, ''),
    ].join('|'),
  );
  const findings = [...groups.values()].flatMap((group): readonly Finding[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { kind, level, entry, what } = first;
    const columns = [...new Set(group.flatMap((each) => each.columns))];
    const who = [...new Set(group.map((each) => each.entry.actor.name))];
    const named = entry.actor.role === entry.actor.name ? entry.actor.role : `${entry.actor.role} (${who.join(', ')})`;
    const also =
      kind === 'write' && commandOf(entry) === 'update' && columns.length > 0 ? `; columns: ${columns.join(', ')}` : '';
    return [
      {
        kind,
        level,
        object: entry.object,
        role: entry.actor.role,
        command: commandOf(entry),
        columns,
        message: `${named} ${what}${also}`,
        script: scriptOf(entry.outcome.attempt),
      },
    ];
  });
  // What an error quotes is no news where it can be read anyway.
  const readable = new Set(
    findings
      .filter(({ kind, command }) => kind === 'read' && command === 'select')
      .map(({ object, role }) => `${object} ${role}`),
  );
  return findings.filter(
    ({ kind, command, object, role }) =>
      kind !== 'read' || command === 'select' || command === 'call' || !readable.has(`${object} ${role}`),
  );
}

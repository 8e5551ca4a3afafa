// What a run comes to: who reached what, what is proved, and what is not. One does not hide the other.
import type { Finding } from './model.ts';
import type { ProofReport } from './prove.ts';

const order: Readonly<Record<Finding['level'], number>> = { error: 0, warning: 1, info: 2 };
/** Somebody did what they should not be able to; against what should be possible and is not. */
const isReach = ({ kind, level }: Finding): boolean => level !== 'info' && kind !== 'control' && kind !== 'broken';

/** By object, those with the worst findings first; within one the worst first. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  const groups = [...Map.groupBy(findings, ({ object }) => object)].map(([object, group]) => {
    const counts = [0, 0, 0];
    for (const finding of group) {
      const at = order[finding.level];
      counts[at] = (counts[at] ?? 0) + (isReach(finding) || finding.level === 'info' ? 1_000 : 1);
    }
    return { object, counts, group };
  });
  const more = (one: readonly number[], two: readonly number[], at: number): number => (two[at] ?? 0) - (one[at] ?? 0);
  return groups
    .toSorted(
      (one, two) =>
        more(one.counts, two.counts, 0) ||
        more(one.counts, two.counts, 1) ||
        more(one.counts, two.counts, 2) ||
        one.object.localeCompare(two.object),
    )
    .flatMap(({ group }) =>
      group.toSorted((one, two) => order[one.level] - order[two.level] || Number(isReach(two)) - Number(isReach(one))),
    );
}

/** Tables of which something is unproved, with what. */
export function unprovedTables(findings: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const unproved = findings.filter(({ unproved: what, level }) => what !== undefined && level === 'error');
  return new Map(
    [...Map.groupBy(unproved, ({ object }) => object)].map(([object, group]) => [
      object,
      group.flatMap(({ unproved: what }) => (what === undefined ? [] : [what])),
    ]),
  );
}

/** 1: somebody reaches what is not theirs, whatever else failed. 2: nobody did, but a control failed or something was not tried. */
export function exitCode({ findings, problems }: ProofReport): 0 | 1 | 2 {
  if (findings.some(isReach)) return 1;
  if (problems.length > 0 || findings.some(({ kind, level }) => kind === 'control' && level === 'error')) return 2;
  return findings.some(({ level }) => level !== 'info') ? 1 : 0;
}

/** The last lines of a report. */
export function verdictOf(report: ProofReport): readonly string[] {
  const { findings, problems, tables, milliseconds } = report;
  const unproved = unprovedTables(findings);
  const broken = findings.filter(({ kind }) => kind === 'broken');
  const failed = findings.some(({ kind, level }) => kind === 'control' && level === 'error');
  const said = findings.some(isReach)
    ? 'Somebody reaches what is not theirs.'
    : problems.length > 0
      ? 'This is no proof: the proof did not see what it planted itself.'
      : failed
        ? 'Nobody reached what is not theirs, but a control failed: this is no whole proof.'
        : 'Nobody reached what is not theirs.';
  return [
    ...broken.map(({ object, command, role }) => `never works: ${object} ${command} as ${role}`),
    ...[...unproved].map(([object, what]) => `unproved: ${object}: ${what.join(', ')}`),
    `${said} ${problems.length > 0 ? 0 : tables - unproved.size} of ${tables} tables proved. ${(milliseconds / 1000).toFixed(1)} s.`,
  ];
}

// A report for people: by file, each finding with its line and what to do; counts at the end.
import type { Failure } from './failure.ts';
import type { Finding, Report } from './report.ts';

const kinds: Readonly<Record<Failure['kind'], string>> = {
  syntax: 'does not parse',
  schema: 'not applied',
  data: 'not applied (data)',
  unavailable: 'unavailable here',
};

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function excerpt(line: string | null, column: number): readonly string[] {
  if (line === null || line.trim() === '') return [];
  const from = Math.max(0, column - 60);
  const shown = line.slice(from, from + 110);
  return [`    | ${shown}`, `    | ${' '.repeat(Math.max(0, column - 1 - from))}^`];
}

const aboutFinding = ({ level, rule, message, hint, place, line, page }: Finding): readonly string[] => [
  `  ${place === null ? '' : `${place.line}:${place.column}  `}${level}  ${message}  [${rule}]`,
  ...excerpt(line, place?.column ?? 1),
  `    → ${hint}`,
  `    ${page}`,
];

const aboutFailure = ({
  line,
  column,
  kind,
  message,
  line_text,
  cause,
}: Report['failures'][number]): readonly string[] => [
  `  ${line}:${column}  ${kinds[kind]}  ${message}`,
  ...excerpt(line_text, column),
  ...(cause === null ? [] : [`    follows from ${cause.file}:${cause.line}`]),
];

export function asText(report: Report): string {
  const files = Map.groupBy(report.findings, ({ place }) => place?.file ?? '');
  const failures = Map.groupBy(report.failures, ({ file }) => file);
  const lines: string[] = [];
  const names = [...new Set([...report.files, ...files.keys()])].filter(
    (name) => files.has(name) || failures.has(name),
  );
  for (const name of names) {
    lines.push(name === '' ? 'the database' : name);
    for (const failure of failures.get(name) ?? []) lines.push(...aboutFailure(failure));
    for (const finding of files.get(name) ?? []) lines.push(...aboutFinding(finding));
    lines.push('');
  }
  lines.push(...taken(report), summary(report));
  return lines.join('\n');
}

const fewRules = 8;

/** What the reader must know to trust the result. */
function taken({ stoodIn, left, unreadable, rules, suppressed }: Report): readonly string[] {
  const unjudged = rules.filter(({ state }) => state !== 'evaluated');
  const reasons = Map.groupBy(
    unjudged,
    ({ state, reason }) => `${state === 'partly' ? 'Judged in part' : 'Not evaluated'}: ${reason ?? ''}`,
  );
  return [
    ...(stoodIn.length === 0
      ? []
      : [
          `Stood in for, without effect: ${stoodIn.join(', ')}. A scratch database cannot have ${stoodIn.length === 1 ? 'it' : 'them'}.`,
        ]),
    ...[...Map.groupBy(left, ({ reason }) => reason)].map(
      ([reason, group]) => `Left out, ${reason}: ${group.map(({ file }) => file).join(', ')}`,
    ),
    ...unreadable.map((what) => `Not readable: ${what}`),
    ...suppressed.map(({ rule, object, reason }) => `Ignored: ${rule} for ${object}: ${reason}`),
    ...[...reasons].map(
      ([reason, group]) =>
        `${reason} (${group.length > fewRules ? `${group.length} of ${rules.length} rules; --format json names them` : group.map(({ id }) => id).join(', ')})`,
    ),
  ];
}

function summary({ findings, failures, files, lines, statements, rules, profile, took }: Report): string {
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  const failed = failures.filter(({ kind }) => kind !== 'unavailable').length;
  const unavailable = failures.length - failed;
  const size =
    files.length === 0
      ? 'a database'
      : `${plural(files.length, 'file')}, ${plural(lines, 'line')}, ${plural(statements, 'statement')} applied`;
  return [
    `${plural(count('error'), 'error')}, ${plural(count('warning'), 'warning')}, ${count('info')} info`,
    ...(failed === 0 ? [] : [`${plural(failed, 'statement')} not applied`]),
    ...(unavailable === 0 ? [] : [`${plural(unavailable, 'statement')} unavailable here`]),
    `${size}, ${plural(rules.length, 'rule')} (${profile}), ${(took / 1000).toFixed(1)} s`,
  ].join(' · ');
}

// The proof on paper: for people, as JSON, as SARIF for code scanning.
import type { Finding } from './model.ts';
import { exitCode } from './prove.ts';
import type { SubjectProof } from './run.ts';

const page = 'docs/reference/prove.md';
const columns = ['select', 'insert', 'update', 'delete', 'truncate', 'call'] as const;

function table({ counts }: SubjectProof): readonly string[] {
  const roles = [...new Set(counts.map(({ role }) => role))];
  const width = Math.max(6, ...roles.map((role) => role.length));
  const cell = (role: string, command: string): string => {
    const found = counts.find((each) => each.role === role && each.command === command);
    return (found === undefined ? '-' : `${found.passed}/${found.attempts}`).padStart(11);
  };
  return [
    `${'role'.padEnd(width)}${columns.map((name) => name.padStart(11)).join('')}`,
    ...roles.map((role) => `${role.padEnd(width)}${columns.map((command) => cell(role, command)).join('')}`),
  ];
}

const line = ({ level, kind, object, command, message }: Finding): string =>
  `${level.padEnd(7)} ${kind.padEnd(7)} ${object} ${command}: ${message}`;
const indented = (text: string): readonly string[] =>
  text === '' ? [] : text.split('\n').map((each) => `            ${each}`);

/** `scripts`: with what to run to see each finding. */
export function asText(report: SubjectProof, scripts = true): string {
  const {
    subject,
    findings,
    allowed,
    unused,
    problems,
    uncalled,
    attempts,
    people,
    tables,
    views,
    functions,
    rows,
    milliseconds,
  } = report;
  const said = findings.flatMap((finding) => [
    line(finding),
    ...(scripts && finding.level !== 'info' ? indented(finding.script) : []),
  ]);
  const verdict =
    [
      'Nobody reached what is not theirs.',
      'Somebody reaches what is not theirs.',
      'This is no proof: a control failed.',
    ][exitCode(report)] ?? '';
  return [
    `${subject}: ${attempts} attempts on ${tables} tables, ${views} views and ${functions} functions, with ${rows} rows of strangers, as ${people.length} actors`,
    '',
    'Attempts by role and command: what succeeded, of what was tried',
    ...table(report),
    '',
    ...said,
    ...problems.map((problem) => `error   control the proof itself: ${problem}`),
    ...allowed.map(
      (finding) => `allowed ${finding.kind} ${finding.object}: ${finding.message} (${finding.allowed ?? ''})`,
    ),
    ...uncalled.map(({ object, reason }) => `not called: ${object}: ${reason}`),
    ...unused.map(({ from, object, kind }) => `nothing needed the allowance ${object} ${kind} (${from})`),
    `${verdict} ${(milliseconds / 1000).toFixed(1)} s.`,
  ].join('\n');
}

export const asJson = (report: SubjectProof): string =>
  JSON.stringify({ ...report, exitCode: exitCode(report) }, null, 2);

const titles: Readonly<Record<Finding['kind'], string>> = {
  read: 'Rows of others can be read',
  write: 'Rows of others can be changed',
  move: 'An UPDATE lets a row leave its owner',
  forge: 'Rows can be made in the name of others',
  link: 'Rows can be hung on rows of others',
  power: 'People can give themselves power',
  infer: 'It can be learned that rows of others are there',
  control: 'What should be possible is not, or nothing was proved',
};
const levels = { error: 'error', warning: 'warning', info: 'note' } as const;

export function asSarif(report: SubjectProof, version: string): string {
  const kinds = Object.keys(titles);
  const result = (finding: Finding): object => ({
    ruleId: finding.kind,
    ruleIndex: kinds.indexOf(finding.kind),
    level: levels[finding.level],
    message: { text: `${finding.object}: ${finding.message}${finding.script === '' ? '' : `\n\n${finding.script}`}` },
    locations: [
      {
        logicalLocations: [
          { fullyQualifiedName: finding.object, kind: finding.command === 'call' ? 'function' : 'type' },
        ],
      },
    ],
    partialFingerprints: {
      'loam/v1': [finding.kind, finding.object, finding.role, finding.command, finding.columns.join()].join('|'),
    },
    ...(finding.allowed === undefined ? {} : { suppressions: [{ kind: 'external', justification: finding.allowed }] }),
  });
  const rules = Object.entries(titles).map(([id, text]) => ({
    id,
    name: id,
    shortDescription: { text },
    helpUri: page,
  }));
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'loam schema prove', version, rules } },
          invocations: [
            {
              executionSuccessful: report.problems.length === 0,
              toolExecutionNotifications: report.problems.map((text) => ({ level: 'error', message: { text } })),
            },
          ],
          results: [...report.findings, ...report.allowed].map(result),
        },
      ],
    },
    null,
    2,
  );
}

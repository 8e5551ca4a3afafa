// The proof on paper: for people, as JSON, as SARIF for code scanning.
import type { Finding } from './model.ts';
import type { SubjectProof } from './run.ts';
import { exitCode, verdictOf } from './verdict.ts';

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
/** Three lines: who, with which token, what. */
function scriptLines(script: string): readonly string[] {
  if (script === '') return [];
  const [begin = '', role = '', claims = '', ...rest] = script.split('\n');
  return [`${begin} ${role}`, claims, rest.join(' ')].map((each) => `            ${each}`);
}

/** Serious findings by object; what is only told once for all the objects of which the same is to be said. */
function findingLines(findings: readonly Finding[], scripts: boolean): readonly string[] {
  const serious = findings.filter(({ level }) => level !== 'info');
  const groups = Map.groupBy(serious, ({ object }) => object);
  const told = Map.groupBy(
    findings.filter(({ level }) => level === 'info'),
    ({ kind, command, message }) => [kind, command, message].join('|'),
  );
  return [
    ...[...groups.values()].flatMap((group) => [
      ...group.flatMap((finding) => [line(finding), ...(scripts ? scriptLines(finding.script) : [])]),
      '',
    ]),
    ...[...told.values()].flatMap((group) => {
      const [first, second] = group;
      if (first === undefined) return [];
      const objects = [...new Set(group.map(({ object }) => object))];
      const named = `${objects.slice(0, 6).join(', ')}${objects.length > 6 ? ` and ${objects.length - 6} more` : ''}`;
      return [second === undefined ? line(first) : line({ ...first, object: named })];
    }),
  ];
}

/** `scripts`: with what to run to see each finding. */
export function asText(report: SubjectProof, scripts = true): string {
  const { subject, findings, allowed, unused, problems, uncalled, attempts, people, tables, views, functions, rows } =
    report;
  return [
    `${subject}: ${attempts} attempts on ${tables} tables, ${views} views and ${functions} functions, with ${rows} rows of strangers, as ${people.length} actors`,
    '',
    'Attempts by role and command: what succeeded, of what was tried',
    ...table(report),
    '',
    ...findingLines(findings, scripts),
    ...problems.map((problem) => `error   control the proof itself: ${problem}`),
    ...allowed.map(
      (finding) => `allowed ${finding.kind} ${finding.object}: ${finding.message} (${finding.allowed ?? ''})`,
    ),
    ...uncalled.map(({ object, reason }) => `not called: ${object}: ${reason}`),
    ...unused.map(({ from, object, kind }) => `nothing needed the allowance ${object} ${kind} (${from})`),
    ...verdictOf(report),
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
  broken: 'A policy never works: evaluating it is an error',
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

// A report for machines: JSON, SARIF 2.1.0 for code scanning, and the annotations of CI runners.
import type { Failure } from './failure.ts';
import type { Finding, Report } from './report.ts';
import type { Level } from './rule.ts';

const sarifLevel: Readonly<Record<Level, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

export const asJson = (report: Report): string => JSON.stringify(report, null, 2);

interface SarifPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const location = ({ file, line, column }: SarifPlace): object => ({
  physicalLocation: {
    artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
    region: { startLine: line, startColumn: column },
  },
});

/** What could not be applied counts as a result of its own. */
const failureRule: Readonly<Record<Failure['kind'], { id: string; level: 'error' | 'warning' | 'note' }>> = {
  syntax: { id: 'not-parsed', level: 'error' },
  schema: { id: 'not-applied', level: 'error' },
  data: { id: 'not-applied', level: 'warning' },
  unavailable: { id: 'unavailable', level: 'note' },
};

/** One run with its rules, results, suppressions and, where something could not be judged, notifications. */
export function asSarif(report: Report, version: string): string {
  const all = [...report.findings, ...report.suppressed];
  const rules = [...new Map(all.map((finding) => [finding.rule, finding])).values()].map((finding) => ({
    id: finding.rule,
    name: finding.rule,
    shortDescription: { text: finding.title },
    help: { text: `${finding.title}. See ${finding.page}.` },
    defaultConfiguration: { level: sarifLevel[finding.level] },
    properties: { category: finding.category, page: finding.page },
  }));
  const others = [...new Set(report.failures.map(({ kind }) => failureRule[kind].id))].map((id) => ({
    id,
    name: id,
    shortDescription: { text: 'A statement that was not applied to the scratch database' },
    help: { text: 'See what PostgreSQL said of it.' },
    defaultConfiguration: { level: 'error' },
    properties: { category: 'migration', page: 'docs/reference/validate.md' },
  }));
  const ids = [...rules, ...others].map(({ id }) => id);
  const result = (finding: Finding, reason: string | null): object => ({
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: sarifLevel[finding.level],
    message: { text: `${finding.message} ${finding.hint}` },
    locations: finding.place === null ? [] : [location(finding.place)],
    partialFingerprints: { 'loam/v1': finding.key },
    ...(reason === null ? {} : { suppressions: [{ kind: 'inSource', justification: reason }] }),
  });
  const unjudged = report.rules.filter(({ state }) => state !== 'evaluated');
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'loam schema validate', version, rules: [...rules, ...others] } },
          invocations: [
            {
              executionSuccessful: unjudged.length === 0,
              toolExecutionNotifications: unjudged.map(({ id, reason }) => ({
                level: 'error',
                message: { text: `${id}: ${reason ?? 'not evaluated'}` },
              })),
            },
          ],
          columnKind: 'utf16CodeUnits',
          results: [
            ...report.findings.map((finding) => result(finding, null)),
            ...report.suppressed.map((finding) => result(finding, finding.reason)),
            ...report.failures.map((failure) => ({
              ruleId: failureRule[failure.kind].id,
              ruleIndex: ids.indexOf(failureRule[failure.kind].id),
              level: failureRule[failure.kind].level,
              message: { text: failure.message },
              locations: [location(failure)],
              partialFingerprints: { 'loam/v1': `${failure.kind}:${failure.text.slice(0, 80)}` },
            })),
          ],
        },
      ],
    },
    null,
    2,
  );
}

/** GitHub's workflow commands: newlines and percent signs in data are escaped, commas and colons in properties too. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

export function asAnnotations(report: Report): string {
  const line = (command: string, place: SarifPlace | null, title: string, message: string): string => {
    const where = place === null ? '' : `file=${property(place.file)},line=${place.line},col=${place.column},`;
    return `::${command} ${where}title=${property(title)}::${data(message)}`;
  };
  const command: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', info: 'notice' };
  return [
    ...report.failures.map((failure) =>
      line(
        failure.kind === 'unavailable' ? 'notice' : 'error',
        failure,
        `not applied (${failure.kind})`,
        failure.message,
      ),
    ),
    ...report.findings.map(({ level, place, rule, title, message, hint }) =>
      line(command[level], place, `${title} (${rule})`, `${message}\n${hint}`),
    ),
    ...report.rules
      .filter(({ state }) => state === 'not evaluated')
      .map(({ id, reason }) => line('error', null, `not evaluated: ${id}`, reason ?? '')),
  ].join('\n');
}

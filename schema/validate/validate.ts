// Validates SQL files or a database: parse, apply to a scratch database, read its catalog, ask every rule, place what is found.
import type { Catalog } from '../catalog/model.ts';
import { readCatalog } from '../catalog/read.ts';
import { isAddress, ToolError } from '../session.ts';
import { type InputFile, readInput } from './input.ts';
import { Locator } from './locate.ts';
import { isPlatform, schemaOf } from './platform.ts';
import type { Finding, Report, RuleState } from './report.ts';
import type { Evidence, Found, Profile, Rule } from './rule.ts';
import { rules as allRules } from './rules.ts';
import { readSource, type Source } from './source.ts';
import { ignoresOf } from './suppress.ts';
import { loadParser } from './syntax.ts';

export interface ValidateOptions {
  /** Default: live for a database and for files that alter tables they do not make, else greenfield. */
  readonly profile?: Profile;
  /** The schemas that the API exposes. Default: public. */
  readonly schemas?: readonly string[];
  /** Only these rules, or all but those. Unknown names are refused. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
}

/** What the rules look at, however it was come by. */
export interface Material {
  readonly sources: readonly Source[];
  readonly catalog: Catalog | null;
  readonly notices: Evidence['notices'];
  readonly live: NonNullable<Evidence['live']> | null;
  readonly failures: Report['failures'];
  readonly statements: number;
  readonly stoodIn: readonly string[];
  readonly left: Report['left'];
}

/**
 * `input` is the path of a file or folder, the address of a database (only read), or the texts themselves. What is wrong with
 * the SQL is in the report; thrown is ToolError alone: nothing there to read, nobody answers, an unknown rule.
 */
export async function validate(input: string | readonly InputFile[], options: ValidateOptions = {}): Promise<Report> {
  const started = performance.now();
  const chosen = chooseRules(options);
  await loadParser();
  const material =
    typeof input === 'string' && isAddress(input)
      ? await (await import('./live.ts')).readLive(input)
      : await applied(typeof input === 'string' ? readInput(input) : { files: input, left: [], ordered: true });
  const name = typeof input === 'string' ? input.replace(/\/\/[^/@]*@/, '//') : (input[0]?.file ?? '');
  const report = judge(name, material, chosen, options);
  return { ...report, took: Math.round(performance.now() - started) };
}

function chooseRules({ only = [], skip = [] }: ValidateOptions): readonly Rule[] {
  const ids = new Set(allRules.map(({ id }) => id));
  const unknown = [...only, ...skip].filter((id) => !ids.has(id));
  if (unknown.length > 0) throw new ToolError(`There is no rule ${unknown.join(', ')}.`);
  return allRules.filter(({ id }) => (only.length === 0 || only.includes(id)) && !skip.includes(id));
}

async function applied(input: ReturnType<typeof readInput>): Promise<Material> {
  const { applySources } = await import('./scratch.ts');
  const sources = input.files.map(({ file, text }) => readSource(file, text));
  const { session, notices, failures, stoodIn, count } = await applySources(sources, input.ordered);
  try {
    const byFile = new Map(sources.map((source) => [source.file, source]));
    const withLine = failures.map((each) => ({ ...each, line_text: byFile.get(each.file)?.line(each.line) ?? '' }));
    const catalog = await readCatalog(session);
    return { sources, catalog, notices, live: null, failures: withLine, statements: count, stoodIn, left: input.left };
  } finally {
    await session.close();
  }
}

/** Asks the rules. Exported for tests, which share one scratch database. */
export function judge(
  input: string,
  material: Material,
  rules: readonly Rule[],
  options: ValidateOptions,
): Omit<Report, 'took'> {
  const { sources, catalog, failures, notices, live } = material;
  const locator = new Locator(sources);
  const profile = options.profile ?? (live !== null || altersOthers(sources, locator) ? 'live' : 'greenfield');
  const exposed = options.schemas ?? ['public'];
  const states: RuleState[] = [];
  const found: (Found & { rule: Rule })[] = [];
  const broken = failures.filter(({ kind }) => kind === 'schema' || kind === 'syntax').length;
  const unreadable = catalog?.unreadable ?? [];
  for (const rule of rules.filter(({ profiles }) => profiles.includes(profile))) {
    if (catalog === null) {
      states.push({ id: rule.id, state: 'not evaluated', reason: 'there is no catalog to read' });
      continue;
    }
    if (live !== null && rule.reads === 'syntax') continue;
    try {
      const evidence: Evidence = { catalog, sources, notices, exposed, profile, live };
      found.push(...rule.check(evidence).map((each) => ({ ...each, rule })));
      const reason =
        broken > 0 && rule.reads !== 'syntax'
          ? `${broken} statement${broken === 1 ? '' : 's'} could not be applied, so the rule saw only the rest`
          : rule.needsBuckets === true && unreadable.length > 0
            ? unreadable.join('; ')
            : null;
      states.push({ id: rule.id, state: reason === null ? 'evaluated' : 'partly', reason });
    } catch (error) {
      const reason = `the rule failed: ${error instanceof Error ? error.message : String(error)}`;
      states.push({ id: rule.id, state: 'not evaluated', reason });
    }
  }
  const kept = found.filter(({ object }) => isOurs(object, locator, live !== null));
  return {
    input,
    profile,
    exposed,
    files: sources.map(({ file }) => file),
    lines: sources.reduce((sum, { text }) => sum + text.split('\n').length, 0),
    statements: material.statements,
    ...answered(kept, material, locator, states),
    failures,
    rules: states,
    stoodIn: material.stoodIn,
    left: material.left,
    unreadable,
  };
}

/** Platform objects are not for the reader to mend; policies that were put on them are. */
function isOurs(object: string, locator: Locator, live: boolean): boolean {
  const schema = schemaOf(object);
  if (schema === null || !isPlatform(schema)) return true;
  return live
    ? /^(?:storage\.objects|realtime\.messages) policy /.test(object) || schema === 'pgmq'
    : locator.touches(object) || schema === 'pgmq';
}

/** An ALTER TABLE or CREATE INDEX on a table that these files do not make. */
const altersOthers = (sources: readonly Source[], locator: Locator): boolean =>
  sources.some(({ statements }) =>
    statements.some(
      ({ kind, touches }) =>
        (kind === 'AlterTableStmt' || kind === 'IndexStmt') &&
        touches.some(
          ({ object, does }) =>
            does === 'alter' &&
            !object.includes(' ') &&
            object.split('.').length === 2 &&
            !locator.makes(object) &&
            !isPlatform(schemaOf(object) ?? ''),
        ),
    ),
  );

function answered(
  found: readonly (Found & { rule: Rule })[],
  { sources, catalog }: Material,
  locator: Locator,
  states: readonly RuleState[],
): Pick<Report, 'findings' | 'suppressed'> {
  const bySource = new Map(sources.map((source) => [source.file, source]));
  const ignores = ignoresOf(sources, catalog);
  const used = new Set<object>();
  const findings: Finding[] = [];
  const suppressed: (Finding & { reason: string })[] = [];
  for (const { rule, object, message, hint, level, place } of found) {
    const spot = locator.find(object);
    const at = place ?? (spot === null ? null : { file: spot.file, line: spot.line, column: spot.column });
    const finding: Finding = {
      rule: rule.id,
      level: level ?? rule.level,
      category: rule.category,
      title: rule.title,
      object,
      message,
      hint: hint ?? rule.mend,
      place: at,
      line: at === null ? null : (bySource.get(at.file)?.line(at.line) ?? null),
      page: `docs/reference/rules/${rule.id}.md`,
      key: `${rule.id}:${object}`,
    };
    const where = at === null ? spot : { ...at, statement: spot?.statement ?? null };
    const ignore = ignores.find(
      (each) => each.reason !== '' && each.rules.includes(rule.id) && each.covers(object, where),
    );
    if (ignore === undefined) findings.push(finding);
    else {
      used.add(ignore);
      suppressed.push({ ...finding, reason: ignore.reason });
    }
  }
  const evaluated = new Set(states.filter(({ state }) => state === 'evaluated').map(({ id }) => id));
  for (const ignore of ignores) {
    const complaint = complain(ignore, used.has(ignore), evaluated);
    if (complaint === null) continue;
    const source = ignore.place === null ? undefined : bySource.get(ignore.place.file);
    findings.push({
      ...complaint,
      category: 'correctness',
      object: ignore.where,
      place: ignore.place,
      line: ignore.place === null ? null : (source?.line(ignore.place.line) ?? null),
      page: 'docs/reference/validate.md',
      key: `${complaint.rule}:${ignore.where}`,
    });
  }
  return { findings: findings.sort(inOrder), suppressed };
}

type Complaint = Pick<Finding, 'rule' | 'level' | 'title' | 'message' | 'hint'>;

function complain(
  { rules, reason, where }: { rules: readonly string[]; reason: string; where: string },
  used: boolean,
  evaluated: ReadonlySet<string>,
): Complaint | null {
  const unknown = rules.filter((id) => !allRules.some((rule) => rule.id === id));
  if (unknown.length > 0)
    return {
      rule: 'ignore-unknown',
      level: 'warning',
      title: 'loam-ignore names a rule that there is not',
      message: `${where} ignores ${unknown.join(', ')}: there is no such rule.`,
      hint: 'Write the id of the finding as it is reported.',
    };
  if (reason === '')
    return {
      rule: 'ignore-without-reason',
      level: 'warning',
      title: 'loam-ignore without a reason',
      message: `${where} ignores ${rules.join(', ')} and does not say why, so it is not heeded.`,
      hint: 'Write `loam-ignore: rule-id: reason`.',
    };
  if (used || !rules.every((id) => evaluated.has(id))) return null;
  return {
    rule: 'ignore-unused',
    level: 'info',
    title: 'loam-ignore that ignores nothing',
    message: `${where} ignores ${rules.join(', ')}, which is not found there.`,
    hint: 'Take it out.',
  };
}

const order = (finding: Finding): readonly [string, number, number, string] => [
  finding.place?.file ?? '\uffff',
  finding.place?.line ?? 0,
  finding.place?.column ?? 0,
  finding.key,
];

function inOrder(a: Finding, b: Finding): number {
  const [first, second] = [order(a), order(b)];
  for (const [index, value] of first.entries()) {
    const other = second[index] ?? 0;
    if (value < other) return -1;
    if (value > other) return 1;
  }
  return 0;
}

// What a validation answers: findings with their places, what could not be applied or judged, and what was taken for granted.
import type { Failure } from './failure.ts';
import type { Category, Level, Profile } from './rule.ts';
import type { Place } from './source.ts';

export interface Finding {
  readonly rule: string;
  readonly level: Level;
  readonly category: Category;
  readonly title: string;
  readonly object: string;
  readonly message: string;
  readonly hint: string;
  /** null where no statement of the input made the object. */
  readonly place: Place | null;
  /** The line of the place. */
  readonly line: string | null;
  /** Page of the rule, below the documentation's root. */
  readonly page: string;
  /** The same for the same fault of the same object, wherever it stands. */
  readonly key: string;
}

export interface RuleState {
  readonly id: string;
  /** partly: judged on what could be applied or read only. */
  readonly state: 'evaluated' | 'partly' | 'not evaluated';
  readonly reason: string | null;
}

export interface Report {
  readonly input: string;
  readonly profile: Profile;
  readonly exposed: readonly string[];
  readonly files: readonly string[];
  readonly lines: number;
  readonly statements: number;
  readonly findings: readonly Finding[];
  readonly suppressed: readonly (Finding & { readonly reason: string })[];
  readonly failures: readonly (Failure & { readonly line_text: string })[];
  readonly rules: readonly RuleState[];
  /** Extensions that a stand-in without effect took the place of. */
  readonly stoodIn: readonly string[];
  /** Files that were left out, and why. */
  readonly left: readonly { readonly file: string; readonly reason: string }[];
  /** What the login may not read. */
  readonly unreadable: readonly string[];
  /** Milliseconds. */
  readonly took: number;
}

const weight: Readonly<Record<Level, number>> = { error: 3, warning: 2, info: 1 };

/** 0: nothing of that level or above. 1: findings, or statements about data that fail. 2: something could not be judged. */
export function exitCode(report: Report, failOn: Level): 0 | 1 | 2 {
  if (report.rules.some(({ state }) => state !== 'evaluated')) return 2;
  const found = report.findings.some(({ level }) => weight[level] >= weight[failOn]);
  return found || report.failures.some(({ kind }) => kind !== 'unavailable') ? 1 : 0;
}

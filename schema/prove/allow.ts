// What is meant to be so: findings that somebody allowed, with a reason, in a comment on the object or in a file.
import type { Catalog } from '../catalog/model.ts';
import { ToolError } from '../session.ts';
import { type Finding, keyOf } from './model.ts';

export interface Allowance {
  readonly object: string;
  readonly kind: string;
  /** Null for every role. */
  readonly role: string | null;
  readonly reason: string;
  readonly from: string;
}

const kinds = ['read', 'write', 'move', 'forge', 'link', 'power', 'infer', 'broken', 'control'];

/** Lines of `object kind [role]: reason`; empty ones and those that begin with # or -- are comments. Throws ToolError. */
export function parseAllowances(text: string, from: string): readonly Allowance[] {
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(#|--|$)/.test(line)) return [];
    const match = /^\s*(\S+(?:\([^)]*\))?)\s+(\w+)(?:\s+(\w+))?\s*:\s*(\S.*)$/.exec(line);
    if (match === null)
      throw new ToolError(`${from}:${index + 1}: an allowance is written "object kind [role]: reason", with a reason.`);
    const [, object = '', kind = '', role, reason = ''] = match;
    if (!kinds.includes(kind))
      throw new ToolError(`${from}:${index + 1}: "${kind}" is no kind of finding; there are ${kinds.join(', ')}.`);
    return [{ object, kind, role: role ?? null, reason, from: `${from}:${index + 1}` }];
  });
}

/** From comments on tables, views and functions: a line `prove: read [role]: reason`. */
export function commentedAllowances(catalog: Catalog): readonly Allowance[] {
  const commented = [
    ...[...catalog.tables, ...catalog.views].map((each) => ({ object: keyOf(each), comment: each.comment })),
    ...catalog.functions.map((each) => ({ object: `${keyOf(each)}(${each.identity})`, comment: each.comment })),
  ];
  return commented.flatMap(({ object, comment }) =>
    [...(comment ?? '').matchAll(/^prove: (\w+)(?: (\w+))?: (\S.*)$/gm)].map(([, kind = '', role, reason = '']) => ({
      object,
      kind,
      role: role ?? null,
      reason,
      from: `comment on ${object}`,
    })),
  );
}

export interface Weighed {
  readonly findings: readonly Finding[];
  readonly allowed: readonly Finding[];
  /** Allowances that nothing needed. */
  readonly unused: readonly Allowance[];
}

export function weigh(findings: readonly Finding[], allowances: readonly Allowance[]): Weighed {
  const used = new Set<Allowance>();
  const judged = findings.map((finding) => {
    const allowance = allowances.find(
      ({ object, kind, role }) =>
        object === finding.object && kind === finding.kind && (role === null || role === finding.role),
    );
    if (allowance === undefined) return finding;
    used.add(allowance);
    return { ...finding, allowed: allowance.reason };
  });
  return {
    findings: judged.filter(({ allowed }) => allowed === undefined),
    allowed: judged.filter(({ allowed }) => allowed !== undefined),
    unused: allowances.filter((each) => !used.has(each)),
  };
}

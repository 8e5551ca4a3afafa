// Every rule, in the order in which they are listed.
import type { Rule } from './rule.ts';
import { generalRules } from './rules/general-rules.ts';
import { operationRules } from './rules/operations-rules.ts';
import { securityRules } from './rules/security-rules.ts';
import { tenancyRules } from './rules/tenancy-rules.ts';
import { vectorRules } from './rules/vectors-rules.ts';

export const rules: readonly Rule[] = [
  ...securityRules,
  ...tenancyRules,
  ...vectorRules,
  ...operationRules,
  ...generalRules,
];

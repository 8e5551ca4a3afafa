// The rules about who reaches what, in the order in which they are listed.
import type { Rule } from '../rule.ts';
import {
  securityDefinerExecutable,
  securityDefinerSearchPath,
  securityMutableSearchPath,
} from './security-functions.ts';
import { securityPolicyNullCaller } from './security-null-caller.ts';
import {
  securityBucketListing,
  securityExtensionInPublic,
  securityForeignKeyToAuth,
  securityRegTypes,
} from './security-platform.ts';
import {
  securityPolicyAlwaysTrue,
  securityPolicyUserMetadata,
  securityPolicyWithoutTo,
  securityPolicyWithoutUsing,
  securityStorageOpen,
} from './security-policies.ts';
import {
  securityMultiplePermissive,
  securityPolicyUnindexed,
  securityPolicyUnwrapped,
} from './security-policy-cost.ts';
import { securityPolicyRecursion } from './security-recursion.ts';
import {
  securityForeignTable,
  securityPolicyWithoutRls,
  securityQueueExposed,
  securityRlsDisabled,
  securityRlsWithoutPolicy,
  securitySensitiveColumns,
} from './security-tables.ts';
import { securityAuthUsersExposed, securityMaterializedView, securityViewOwner } from './security-views.ts';

export const securityRules: readonly Rule[] = [
  securityRlsDisabled,
  securityPolicyWithoutRls,
  securityRlsWithoutPolicy,
  securityPolicyAlwaysTrue,
  securityStorageOpen,
  securityPolicyNullCaller,
  securityPolicyUserMetadata,
  securityPolicyRecursion,
  securityPolicyWithoutUsing,
  securityPolicyWithoutTo,
  securityPolicyUnwrapped,
  securityPolicyUnindexed,
  securityMultiplePermissive,
  securityViewOwner,
  securityMaterializedView,
  securityAuthUsersExposed,
  securityForeignTable,
  securitySensitiveColumns,
  securityQueueExposed,
  securityDefinerSearchPath,
  securityMutableSearchPath,
  securityDefinerExecutable,
  securityBucketListing,
  securityForeignKeyToAuth,
  securityExtensionInPublic,
  securityRegTypes,
];

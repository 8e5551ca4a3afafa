// The rules about changing tables that hold rows, in the order in which they are listed.
import type { Rule } from '../rule.ts';
import {
  operationsDropInUse,
  operationsRenameInUse,
  operationsRequiredColumn,
  operationsTypeChange,
  operationsVolatileDefault,
} from './operations-columns.ts';
import {
  operationsConstraintNotValid,
  operationsSetNotNull,
  operationsValidateInSameFile,
} from './operations-constraints.ts';
import { operationsEnumOrder, operationsEnumUsedTooSoon } from './operations-enums.ts';
import {
  operationsConcurrentInTransaction,
  operationsDropIndexNotConcurrent,
  operationsIndexNotConcurrent,
  operationsUniqueConstraint,
} from './operations-indexes.ts';
import {
  operationsBackfillWithDdl,
  operationsLockTimeout,
  operationsManyLocks,
  operationsRewriteCommand,
  operationsTruncateCascade,
} from './operations-transactions.ts';

export const operationRules: readonly Rule[] = [
  operationsConcurrentInTransaction,
  operationsRequiredColumn,
  operationsEnumUsedTooSoon,
  operationsIndexNotConcurrent,
  operationsDropIndexNotConcurrent,
  operationsUniqueConstraint,
  operationsConstraintNotValid,
  operationsValidateInSameFile,
  operationsSetNotNull,
  operationsTypeChange,
  operationsVolatileDefault,
  operationsDropInUse,
  operationsRenameInUse,
  operationsBackfillWithDdl,
  operationsTruncateCascade,
  operationsRewriteCommand,
  operationsManyLocks,
  operationsLockTimeout,
  operationsEnumOrder,
];

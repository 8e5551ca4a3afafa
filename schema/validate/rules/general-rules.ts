// The rules that hold for any schema, in the order in which they are listed.
import type { Rule } from '../rule.ts';
import {
  generalMoneyFloat,
  generalNames,
  generalTimestampDefault,
  generalUuidDefault,
  typeRules,
} from './general-columns.ts';
import {
  generalDuplicateIndex,
  generalForeignKeyOnDelete,
  generalForeignKeyUnindexed,
  generalPrimaryKey,
} from './general-keys.ts';
import {
  generalAutovacuumDisabled,
  generalExtensionOutdated,
  generalIndexInvalid,
  generalIndexUnused,
  generalTableBloat,
} from './general-live.ts';

export const generalRules: readonly Rule[] = [
  generalPrimaryKey,
  generalForeignKeyUnindexed,
  generalForeignKeyOnDelete,
  generalDuplicateIndex,
  generalMoneyFloat,
  generalTimestampDefault,
  generalUuidDefault,
  generalNames,
  ...typeRules,
  generalIndexInvalid,
  generalAutovacuumDisabled,
  generalIndexUnused,
  generalTableBloat,
  generalExtensionOutdated,
];

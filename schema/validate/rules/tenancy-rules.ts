// The rules about whose rows are whose, in the order in which they are listed.
import type { Rule } from '../rule.ts';
import { tenancyDefinerUnfiltered } from './tenancy-definer-unfiltered.ts';
import { tenancyExistenceOracle } from './tenancy-existence-oracle.ts';
import { tenancyKeyWithoutTenant } from './tenancy-key-without-tenant.ts';
import { tenancyOwnerNullable } from './tenancy-owner-nullable.ts';
import { tenancyPartitionExposed } from './tenancy-partition-exposed.ts';
import { tenancyPowerColumn } from './tenancy-power-column.ts';
import { tenancyRowLeavesOwner } from './tenancy-row-leaves-owner.ts';
import { tenancyRowPlanted } from './tenancy-row-planted.ts';
import { tenancySoftDeleteUnique } from './tenancy-soft-delete-unique.ts';
import { tenancyUniqueWithoutTenant } from './tenancy-unique-without-tenant.ts';
import { tenancyUsageIdempotency } from './tenancy-usage-idempotency.ts';

export const tenancyRules: readonly Rule[] = [
  tenancyRowLeavesOwner,
  tenancyRowPlanted,
  tenancyPowerColumn,
  tenancyDefinerUnfiltered,
  tenancyPartitionExposed,
  tenancyKeyWithoutTenant,
  tenancyUniqueWithoutTenant,
  tenancySoftDeleteUnique,
  tenancyUsageIdempotency,
  tenancyOwnerNullable,
  tenancyExistenceOracle,
];

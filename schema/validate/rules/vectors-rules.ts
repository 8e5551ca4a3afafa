// The rules about vectors, in the order in which they are listed.
import type { Rule } from '../rule.ts';
import { vectorsCastMissing } from './vectors-cast-missing.ts';
import { vectorsDimensionLimit } from './vectors-dimension-limit.ts';
import { vectorsDimensionMismatch } from './vectors-dimension-mismatch.ts';
import { vectorsDimensionUnset } from './vectors-dimension-unset.ts';
import { vectorsExtensionMissing } from './vectors-extension-missing.ts';
import { vectorsFarthestFirst } from './vectors-farthest-first.ts';
import { vectorsFewerRows } from './vectors-fewer-rows.ts';
import { vectorsFilterAfterLimit } from './vectors-filter-after-limit.ts';
import { vectorsFilterWithoutGin } from './vectors-filter-without-gin.ts';
import { vectorsHiddenThreshold } from './vectors-hidden-threshold.ts';
import { vectorsIvfflatEmpty } from './vectors-ivfflat-empty.ts';
import { vectorsIvfflatLists } from './vectors-ivfflat-lists.ts';
import { vectorsModelUnrecorded } from './vectors-model-unrecorded.ts';
import { vectorsNoIndex } from './vectors-no-index.ts';
import { vectorsNoLimit } from './vectors-no-limit.ts';
import { vectorsOperatorClass } from './vectors-operator-class.ts';
import { vectorsUnindexableOrder } from './vectors-unindexable-order.ts';

export const vectorRules: readonly Rule[] = [
  vectorsOperatorClass,
  vectorsCastMissing,
  vectorsUnindexableOrder,
  vectorsFarthestFirst,
  vectorsDimensionMismatch,
  vectorsDimensionLimit,
  vectorsExtensionMissing,
  vectorsDimensionUnset,
  vectorsNoIndex,
  vectorsFewerRows,
  vectorsFilterAfterLimit,
  vectorsNoLimit,
  vectorsHiddenThreshold,
  vectorsModelUnrecorded,
  vectorsIvfflatEmpty,
  vectorsIvfflatLists,
  vectorsFilterWithoutGin,
];

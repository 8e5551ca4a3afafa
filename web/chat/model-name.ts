// What a model is called in a line of text: the part after its provider, and the built-in one by what it is.

import { strings } from '../strings.ts';

export const builtInModel = 'loam/extractive';

export function modelName(id: string | null): string {
  if (id === null || id === '') return strings.models.unknown;
  if (id === builtInModel || id === 'extractive') return strings.chat.builtIn;
  return id.includes('/') ? id.slice(id.indexOf('/') + 1) : id;
}

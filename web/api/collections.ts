// Collections: the shelves that documents stand on.

import { send } from './request.ts';
import { type Page, page, record, type Shape, text } from './shape.ts';

const collection = record({ id: text, name: text });
export type Collection = Shape<typeof collection>;

export const listCollections = (): Promise<Page<Collection>> => send('/collections?limit=100', page(collection));

export const makeCollection = (name: string): Promise<Collection> =>
  send('/collections', collection, { method: 'POST', body: { name } });

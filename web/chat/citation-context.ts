// The citations of the answer that is being rendered, by number: how a mark in the Markdown finds its passage.

import { createContext } from 'react';
import type { Citation } from '../api/messages.ts';

export const CitationContext = createContext<ReadonlyMap<number, Citation>>(new Map());

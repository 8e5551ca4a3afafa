// Opens a cited passage in the panel beside the chat. The place stands in the address, so back closes it.

import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Citation } from '../api/messages.ts';
import { type Place, pageOf, placeOf } from '../documents/place.ts';

export function useOpenPassage(): (citation: Citation) => void {
  const navigate = useNavigate();
  return useCallback((citation) => void navigate({ to: '.', search: placeOf(citation) }), [navigate]);
}

export const usePlace = (): Place => useSearch({ strict: false });

export const isOpen = (place: Place, citation: Citation): boolean =>
  place.document === citation.document_id && place.from === citation.start_offset && place.page === pageOf(citation);

export const sourceName = (citation: Citation, page: (page: number) => string): string =>
  citation.page_number ? `${citation.document_name} · ${page(citation.page_number)}` : citation.document_name;

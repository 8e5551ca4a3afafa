// Copies a text and says for a moment that it did.

import { useCallback, useEffect, useState } from 'react';

const saidMs = 1500;

export function useCopy(): [copied: boolean, copy: (text: string) => void] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), saidMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = useCallback((text: string) => void navigator.clipboard.writeText(text).then(() => setCopied(true)), []);
  return [copied, copy];
}

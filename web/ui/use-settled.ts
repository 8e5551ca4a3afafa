// A value that has stood still for a moment, so that typing does not ask the server at every key.

import { useEffect, useState } from 'react';

const pauseMs = 150;

export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

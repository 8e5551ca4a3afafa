// How long ago something was added: in minutes for an hour, then by the day.

import { strings } from '../strings.ts';
import { formatDay, formatMinutesAgo } from '../ui/format.ts';

export function formatAge(iso: string, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - new Date(iso).getTime()) / 60_000);
  if (minutes < 1) return strings.justNow;
  return minutes < 60 ? formatMinutesAgo(minutes) : formatDay(iso, now);
}

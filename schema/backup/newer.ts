// Data goes forward only: a backup of a newer release is not restored by an older one.
import { ToolError } from '../session.ts';
import type { Manifest } from './archive.ts';

const numbers = (version: string): readonly number[] => version.split(/[.+-]/).slice(0, 3).map(Number);

export function refuseNewer({ version }: Manifest, own: string): void {
  const [theirs, ours] = [numbers(version), numbers(own)];
  for (const [index, number] of theirs.entries()) {
    const difference = number - (ours[index] ?? 0);
    if (difference < 0) return;
    if (difference > 0)
      throw new ToolError(
        `This backup was made by Loam ${version}, which is newer than this ${own}. Restore it with that release.`,
      );
  }
}

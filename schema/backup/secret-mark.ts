// What tells one secret of an installation from another without telling the secret.
import { hkdfSync } from 'node:crypto';

/** 16 bytes as hex, derived for this purpose alone. */
export const secretMark = (secret: string): string =>
  Buffer.from(hkdfSync('sha256', secret.trim(), 'loam', 'backup mark', 16)).toString('hex');

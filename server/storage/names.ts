// Names of stored files: what a person called it, and what it may be called on disk and in an address.

/** Windows refuses these whatever their extension. */
const reserved = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * The name that people see: the last part of whatever path came, without control characters and direction marks (which
 * can make `exe.pdf` read as `fdp.exe`), at most 255 characters; `untitled` when nothing is left.
 */
export function displayName(name: string): string {
  const last = name.normalize('NFC').toWellFormed().split(/[\\/]/).at(-1) ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const clean = last.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '').trim();
  if (/^\.*$/.test(clean)) return 'untitled';
  const points = [...clean];
  if (points.length <= 255) return clean;
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(clean)?.[0] ?? '';
  return points.slice(0, 255 - extension.length).join('') + extension;
}

/** The same name in ASCII letters, digits, dots and hyphens, at most 100 characters; never starts with a dot. */
export function safeName(name: string): string {
  const shown = displayName(name);
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(shown)?.[0] ?? '';
  const stem = shown
    .slice(0, shown.length - extension.length)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[-.]+/, '')
    .slice(0, 90)
    .replace(/[-.]+$/, '');
  const safe = `${stem === '' ? 'file' : stem}${extension}`;
  return reserved.test(safe) ? `file-${safe}` : safe;
}

/** Lower-case extension without the dot, or an empty string. */
export const extensionOf = (name: string): string => /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** The value of a content-disposition header: an ASCII name for old readers, the true one in RFC 8187's form. */
export function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const encoded = encodeURIComponent(displayName(name)).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${safeName(name)}"; filename*=UTF-8''${encoded}`;
}

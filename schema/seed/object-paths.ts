// Names for rows of storage.objects that a real client would give: `<account's id>/<file>`, or what the policies and triggers
// of the project take apart. Nothing is stored: the rows are there, the bytes are not.
import type { Catalog } from '../catalog/model.ts';
import type { TriggerBody } from './trigger-bodies.ts';

export type Segment = 'owner' | 'tenant' | { readonly text: string };

export interface PathShape {
  readonly folders: readonly Segment[];
  /** Without its dot. */
  readonly extension: string;
  readonly mime: string;
}

const mimes: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  txt: 'text/plain',
  csv: 'text/csv',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  svg: 'image/svg+xml',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
};

/** The accesses to a part of the name: folder n, token n. */
const parts =
  /(foldername\(\s*(?:\w+\.)?name\s*\)\s*\)?|(?:\w+\.)?path_tokens\s*|string_to_array\(\s*(?:\w+\.)?name\s*,\s*'\/'(?:::text)?\s*\)\s*\)?)\[(\d)\]|split_part\(\s*(?:\w+\.)?name\s*,\s*'\/'(?:::text)?\s*,\s*(\d)\s*\)/gi;
const told = /^[\s)]*(?:::\s*\w+[\s)]*)*(?:=|in|~~)\s*(?:any\s*)?[\s(]*(?:array\s*\[)?\s*'([^']+)'/i;

/** Cast to a uuid, compared with something, or tried as a uuid: an id stands there, of the account where nothing says whose. */
const comparedAfter = /^[\s)]*(?:::\s*uuid|(?:::\s*\w+[\s)]*)*(?:=|in\b))/i;
const comparedBefore = /(?:uuid\w*\(|=|\bin)[(\s]*(?:new\.|storage\.)*$/i;

interface Found {
  readonly at: number;
  readonly segment: Segment | null;
}

/** null where the part is read and not compared with anything: the last of these is the file itself. */
function segmentAt(text: string, from: number, to: number, tenant: RegExp | null): Segment | null {
  const after = text.slice(to, to + 120);
  const before = text.slice(Math.max(0, from - 120), from);
  const constant = told.exec(after)?.[1];
  if (constant !== undefined) return { text: constant.replaceAll('%', 'seeded') };
  if (tenant?.test(`${before.slice(-60)} ${after.slice(0, 60)}`) === true) return 'tenant';
  return comparedAfter.test(after) || comparedBefore.test(before) ? 'owner' : null;
}

function segmentsOf(text: string, tenant: RegExp | null): readonly Found[] {
  return [...text.matchAll(parts)].map((match) => ({
    at: Number(match[2] ?? match[3]),
    segment: segmentAt(text, match.index, match.index + match[0].length, tenant),
  }));
}

const extensionIn = (text: string): string | undefined =>
  /extension\(\s*(?:\w+\.)?name\s*\)[\s)]*(?:=|in)\s*(?:any\s*)?[\s(]*(?:array\s*\[)?\s*'(\w+)'/i.exec(text)?.[1];

/** Whether a policy or body speaks of this bucket, or of none in particular. */
const concerns = (text: string, bucket: string): boolean =>
  text.includes(`'${bucket}'`) || !/bucket_id[\s)]*(?:::\s*\w+[\s)]*)?(?:=|in|<>)/i.test(text);

/** By bucket; the empty name stands for one that is not known. `tenants` is the table of tenants, `schema.table`. */
export function pathShapes(
  catalog: Catalog,
  bodies: readonly TriggerBody[],
  tenants: string | null,
): ReadonlyMap<string, PathShape> {
  const policies = catalog.policies.filter(({ schema, table }) => schema === 'storage' && table === 'objects');
  const writing = policies.filter(({ command }) => command === 'insert' || command === 'all');
  const texts = [
    ...writing.map(({ check, using }) => check ?? using ?? ''),
    ...bodies.filter(({ table }) => table === 'storage.objects').map(({ body }) => body),
    ...policies.filter((each) => !writing.includes(each)).map(({ using, check }) => `${using ?? ''} ${check ?? ''}`),
  ];
  const name = tenants?.replace(/^.*\./, '').replace(/s$/, '');
  const tenant = name === undefined ? null : new RegExp(`\\b(?:${name}|org|tenant)\\w*`, 'i');
  const shapeOf = (bucket: string, types: readonly string[]): PathShape => {
    const about = texts.filter((text) => bucket === '' || concerns(text, bucket));
    const found = about.flatMap((text) => segmentsOf(text, tenant));
    const folders: Segment[] = [];
    for (const { at, segment } of found) if (segment !== null) folders[at - 1] ??= segment;
    const filled = Array.from(folders, (segment): Segment => segment ?? 'owner');
    const wanted = about.map(extensionIn).find((each) => each !== undefined);
    const mime = types[0]?.replace(/\/\*$/, '/png');
    const byMime = Object.entries(mimes).find(([, type]) => type === mime)?.[0];
    const extension = wanted ?? byMime ?? 'md';
    return {
      folders: filled.length > 0 ? filled : ['owner'],
      extension,
      mime: mime ?? mimes[extension] ?? 'application/octet-stream',
    };
  };
  return new Map([
    ['', shapeOf('', [])],
    ...catalog.buckets.map(({ id, allowedMimeTypes }): [string, PathShape] => [
      id,
      shapeOf(id, allowedMimeTypes ?? []),
    ]),
  ]);
}

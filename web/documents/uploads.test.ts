// Many files at once: three are sent, the others wait in their order, and one that is removed is never sent.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { addDocument } from '../api/documents.ts';
import { openPage, settled } from '../testing/page.ts';
import { dropUpload, readUploads, startUploads } from './uploads.ts';

class HeldUpload {
  static sent: HeldUpload[] = [];
  readonly upload = {};
  name = '';
  status = 201;
  response: unknown = null;
  onload = (): void => {};
  onabort = (): void => {};
  open(): void {}
  abort(): void {
    this.onabort();
  }
  send(form: FormData): void {
    const file = form.get('file');
    this.name = file instanceof File ? file.name : '';
    HeldUpload.sent.push(this);
  }
  async finish(): Promise<void> {
    this.response = { ...document, id: this.name, original_name: this.name };
    this.onload();
    await settled();
  }
}

const document = {
  mime_type: 'text/plain',
  file_size: 1,
  processing_status: 'pending',
  progress: null,
  error: null,
  page_count: null,
  chunk_count: 0,
  collection_id: null,
  created_at: '2026-01-01T00:00:00Z',
};

function openSlowPage(context: TestContext): void {
  openPage(context);
  HeldUpload.sent = [];
  Object.assign(globalThis, { XMLHttpRequest: HeldUpload });
}

const filesOf = (letters: string): File[] => [...letters].map((name) => new File(['x'], name));
const names = (list: readonly { name: string }[]): string => list.map(({ name }) => name).join('');
const waiting = (): string => names(readUploads().filter((upload) => upload.waiting));
const idOf = (name: string): string => readUploads().find((upload) => upload.name === name)?.id ?? '';

test('three files are sent at once, the others in their order, and removed ones not at all', async (context) => {
  openSlowPage(context);
  startUploads('chat', filesOf('abcd'));
  startUploads('chat', filesOf('efg'));
  await settled();
  assert.equal(names(HeldUpload.sent), 'abc');
  assert.equal(waiting(), 'defg');
  dropUpload(idOf('e'));
  assert.equal(waiting(), 'dfg');
  await HeldUpload.sent[1]?.finish();
  assert.equal(names(HeldUpload.sent), 'abcd');
  dropUpload(idOf('a'));
  await settled();
  assert.equal(names(HeldUpload.sent), 'abcdf');
  for (const upload of HeldUpload.sent.slice(2)) await upload.finish();
  assert.equal(names(HeldUpload.sent), 'abcdfg');
  await HeldUpload.sent.at(-1)?.finish();
  assert.equal(waiting(), '');
  assert.equal(names(readUploads().filter((upload) => upload.document !== null)), 'bcdfg');
});

test('a file that is removed while the token is fetched is not sent', async (context) => {
  openSlowPage(context);
  const control = new AbortController();
  const added = addDocument({ file: new File(['x'], 'a') }, () => {}, control.signal);
  control.abort();
  await assert.rejects(added, { name: 'AbortError' });
  assert.equal(names(HeldUpload.sent), '');
});

// Forms as they stream in: borders in every place, limits, and bodies that are none.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../core/errors.ts';
import { readField, readMultipart } from './multipart.ts';

const type = 'multipart/form-data; boundary=----x';
const form = (...parts: string[]): string => `${parts.map((part) => `------x\r\n${part}\r\n`).join('')}------x--\r\n`;
const field = (name: string, value: string): string => `content-disposition: form-data; name="${name}"\r\n\r\n${value}`;
const file = (name: string, value: string, more = ''): string =>
  `Content-Disposition: form-data; name="file"; filename="${name}"${more}\r\nContent-Type: text/plain\r\n\r\n${value}`;

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(text: string, size = 7, contentType: string | undefined = type): Promise<unknown[]> {
  const parts: unknown[] = [];
  for await (const part of readMultipart(contentType, inPieces(text, size)))
    parts.push([part.name, part.fileName, await readField(part)]);
  return parts;
}
const code = (wanted: string) => (error: unknown) => error instanceof AppError && error.code === wanted;

describe('multipart bodies', () => {
  it('refuses other types, broken bodies and ones that end early', async () => {
    await assert.rejects(readAll('{}', 7, 'application/json'), code('unsupported_media_type'));
    await assert.rejects(readAll('{}', 7, 'multipart/form-data'), code('unsupported_media_type'));
    await assert.rejects(readAll('', 7), code('upload_interrupted'));
    await assert.rejects(readAll('no boundary at all'), code('upload_interrupted'));
    const whole = form(field('a', '1'), file('b.txt', 'hello'));
    for (let length = 1; length < whole.length - 4; length += 1)
      await assert.rejects(readAll(whole.slice(0, length)), code('upload_interrupted'));
    await assert.rejects(readAll('------xoops\r\n\r\n'), code('upload_invalid'));
    await assert.rejects(readAll(form('no-disposition: 1\r\n\r\nx')), code('upload_invalid'));
    await assert.rejects(readAll(form(`x: ${'y'.repeat(20_000)}\r\n\r\nx`)), code('upload_invalid'));
    await assert.rejects(
      readAll(form(...Array.from({ length: 21 }, (_, index) => field(`f${index}`, '')))),
      code('upload_invalid'),
    );
    await assert.rejects(readAll(form(field('a', 'x'.repeat(10_001)))), code('upload_invalid'));
  });

  it('reads the same whatever pieces it comes in', async () => {
    const body = form(field('a', 'one\r\n--not\r\n------y'), file('ü.txt', '\r\n\r\nh\r\n'), field('empty', ''));
    const expected = [
      ['a', null, 'one\r\n--not\r\n------y'],
      ['file', 'ü.txt', '\r\n\r\nh\r\n'],
      ['empty', null, ''],
    ];
    for (const size of [1, 2, 3, 5, 8, 13, 64, 10_000])
      assert.deepEqual(await readAll(body, size), expected, `pieces of ${size}`);
  });

  it('reads names as browsers, curl and RFC 8187 write them', async () => {
    assert.deepEqual(
      await readAll(form(file('a%22b.txt', ''), file('a\\"b.txt', ''), file('x', '', "; filename*=UTF-8''%C3%BC.txt"))),
      [
        ['file', 'a"b.txt', ''],
        ['file', 'a"b.txt', ''],
        ['file', 'ü.txt', ''],
      ],
    );
    const quoted = form(field('a', '1')).replaceAll('----x', '-- x');
    assert.deepEqual(await readAll(quoted, 7, 'multipart/form-data; boundary="-- x"'), [['a', null, '1']]);
  });

  it('goes on after a part that nobody read', async () => {
    const names: string[] = [];
    for await (const part of readMultipart(type, inPieces(form(file('a', 'x'.repeat(100)), field('b', '2')), 9)))
      names.push(part.name);
    assert.deepEqual(names, ['file', 'b']);
  });
});

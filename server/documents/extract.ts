// Reads a file in a child process and hands on its pages as they come. Limits on heap, resident size and time are kept
// from outside, because a program that unpacks a bomb does not notice in time. The child gets no environment.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type PageText, Unreadable, type UnreadableCode, unreadableCodes } from './formats/blocks.ts';
import type { Format } from './sniff.ts';

export interface ExtractLimits {
  readonly heapMegabytes: number;
  readonly residentMegabytes: number;
  readonly seconds: number;
  /** Seconds until reading stands back behind everything else that runs on the machine. */
  readonly politeAfter: number;
  readonly pages: number;
  readonly characters: number;
}
export const extractLimits: ExtractLimits = {
  heapMegabytes: 384,
  residentMegabytes: 768,
  seconds: 180,
  politeAfter: 3,
  pages: 5_000,
  characters: 10_000_000,
};

/** What the child says, a line each. */
export type FromChild =
  | { readonly total: number }
  | { readonly page: PageText }
  | { readonly done: true }
  | { readonly error: UnreadableCode };

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = fileURLToPath(new URL('./extract-child.ts', import.meta.url));
const watchEveryMs = 50;

/**
 * Yields the number of pages, then the pages in order. Throws Unreadable with the reason, or the signal's reason. The
 * child has ended when this ends, however it ends.
 */
export async function* extract(
  path: string,
  format: Format,
  limits: ExtractLimits,
  signal: AbortSignal,
): AsyncGenerator<{ total: number } | { page: PageText }> {
  signal.throwIfAborted();
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${limits.heapMegabytes}`,
      '--disable-warning=ExperimentalWarning',
      // Nothing but reading: no writing, no programs, no threads; only this code and this file.
      '--permission',
      `--allow-fs-read=${fileURLToPath(new URL('./', import.meta.url))}*`,
      `--allow-fs-read=${root}node_modules/*`,
      `--allow-fs-read=${root}package.json`,
      `--allow-fs-read=${path}`,
      program,
      path,
      format,
      String(limits.pages),
      String(limits.characters),
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], env: {}, windowsHide: true },
  );
  const ended = once(child, 'exit');
  ended.catch(() => {});
  let stopped: Error | null = null;
  const stop = (why: Error): void => {
    stopped ??= why;
    child.kill('SIGKILL');
  };
  const onAbort = (): void => stop(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
  signal.addEventListener('abort', onAbort, { once: true });
  const deadline = setTimeout(() => stop(new Unreadable('document_too_complex')), limits.seconds * 1000);
  const politeness = setTimeout(() => child.pid !== undefined && lowerPriority(child.pid), limits.politeAfter * 1000);
  const watch = setInterval(() => {
    void residentMegabytes(child.pid).then(
      (size) => size > limits.residentMegabytes && stop(new Unreadable('document_too_complex')),
    );
  }, watchEveryMs);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (stopped !== null) break; // What arrived before the stop counts no more.
      const message = parseLine(line);
      if (message === null) break;
      if ('error' in message)
        throw new Unreadable(unreadableCodes.find((code) => code === message.error) ?? 'document_unreadable');
      if ('done' in message) return;
      yield message;
    }
    await ended;
    // Silence without a last word: stopped by us, or by the engine when its heap was full.
    throw stopped ?? new Unreadable(child.signalCode === null ? 'document_unreadable' : 'document_too_complex');
  } catch (error) {
    throw stopped ?? error;
  } finally {
    clearTimeout(deadline);
    clearTimeout(politeness);
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
    await ended.catch(() => {});
  }
}

/** Null for a line that was cut off by the child's end. */
function parseLine(line: string): FromChild | null {
  try {
    return JSON.parse(line) as FromChild; // checked: the child is our own program
  } catch {
    return null;
  }
}

/**
 * Answers chats before it reads long documents. Most are read in half a second: standing back from the start, they would
 * wait for twenty times as long on a machine that is busy with something else.
 */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, 10);
  } catch {
    // Ended already, or not allowed here.
  }
}

/** 0 where there is no /proc, or no such process any more. */
async function residentMegabytes(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return (Number(text.split(' ')[1] ?? 0) * 4096) / 1_048_576;
}

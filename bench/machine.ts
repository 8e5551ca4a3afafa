// The name of the machine that a benchmark ran on, and how its figures are printed: ratios within one run.
import { cpus, loadavg, totalmem } from 'node:os';

export const machineName = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** One figure beside its target; `ok` is said so that nobody has to compare. */
export function report(name: string, value: number, unit: string, target: number): void {
  const verdict = value <= target ? 'reached' : 'NOT reached';
  console.log(`${name}: ${value.toFixed(2)} ${unit} (target ≤ ${target} ${unit}: ${verdict})`);
}

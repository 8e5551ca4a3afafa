// Which of a provider's many models to show first, and to take when nobody has chosen: the newest of its main line.

const mainLines: readonly RegExp[] = [
  /^gpt-(\d+(?:\.\d+)?)o?$/,
  /^claude-(?:sonnet|opus)-(\d+(?:-\d{1,2})?)$/,
  /^gemini-(\d+(?:\.\d+)?)-(?:pro|flash)$/,
];

/** Higher comes first; 0 for what is not in a main line: snapshots, previews, special purposes. */
export function preference(model: string): number {
  for (const line of mainLines) {
    const version = line.exec(model)?.[1];
    if (version !== undefined) return Number(version.replace('-', '.'));
  }
  return 0;
}

// The one sentence that an old Node gets. Plain JavaScript that an old Node can still read.

/** Ends the process unless this is Node 24 or newer: an older one cannot run TypeScript, and would fail obscurely. */
export function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return;
  console.error(
    `Loam needs Node 24 or newer; this is ${process.version} (${process.execPath}).\n` +
      'npm brings Node 24 as an optional dependency, so optional dependencies must not be omitted:\n' +
      'run "npm ci --include=optional" and start again with "npm start".',
  );
  process.exit(1);
}

// `npm start`: refuses an old Node, builds the web application if its sources changed, and becomes the server.
import { existsSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { requireNode } from './node-version.mjs';

requireNode();

// Stripped and compiled modules are kept from one start to the next.
const cache = fileURLToPath(new URL('../node_modules/.cache/loam/compiled', import.meta.url));
mkdirSync(cache, { recursive: true });
module.enableCompileCache(cache);

const webBuild = new URL('build-web.mjs', import.meta.url);
const { main } = await import('../server/main.ts');
await main(async () => {
  if (existsSync(webBuild)) await (await import(webBuild.href)).buildWeb();
});

// Small schemas as public starters are, validated from the text to the findings: what their first lines say and no more.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { validate } from '../../schema/validate/validate.ts';

const folder = import.meta.dirname;

for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql')))
  test(file, async () => {
    const text = readFileSync(join(folder, file), 'utf8');
    const expected = [...text.matchAll(/^-- finds: (.*)$/gm)].map(([, found]) => found);
    const { findings, failures } = await validate([{ file, text }]);
    assert.deepEqual(failures, []);
    const ours = findings.filter(({ rule }) => /^(vectors|tenancy|operations)-/.test(rule));
    assert.deepEqual(ours.map(({ rule, object }) => `${rule} ${object.replace(/\(.*$/, '')}`).sort(), expected.sort());
    for (const { place, rule } of ours) assert.ok(place !== null && place.line > 1, `${rule} has no place`);
  });

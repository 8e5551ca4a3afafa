// Rows of the kind that a policy lets through: published a while ago, invited today. Where no row of the fixture is of that
// kind, the policy would let nobody pass whoever comes, and nothing would be proved of it.
import type { Policy, Table } from '../catalog/model.ts';
import { quoteQualified } from '../quote.ts';
import type { Condition } from '../satisfy.ts';
import { draftValues, plain, type Variant, variantsOf } from './drafts.ts';
import { type Draft, type Mending, satisfyDraft } from './mend.ts';
import { keyOf, type Person } from './model.ts';
import { splitCondition } from './mutants.ts';
import type { Shape } from './structure.ts';

/** Speaks of the row alone: no other rows, nobody's token, no function of the schema. */
const isPlain = (text: string): boolean =>
  !/\bSELECT\b|\bcurrent_setting\b|\b\w+\.\w+\(|^(true|false)$/.test(text.replaceAll(/'(?:[^']|'')*'/g, "''"));

/** What a policy asks of the row itself, for each of its alternatives. */
function conditionsOf(table: Table, { using, name }: Policy): readonly Condition[] {
  const { operator, operands } = splitCondition(using ?? 'true');
  return (operator === 'OR' ? operands : [using ?? 'true']).flatMap((alternative) => {
    const parts = splitCondition(alternative);
    const own = (parts.operator === 'OR' ? [alternative] : parts.operands).filter(isPlain);
    const expression = own.map((each) => `(${each})`).join(' and ');
    const words = new Set(expression.replaceAll(/'(?:[^']|'')*'/g, '').match(/[\w$]+/g));
    const columns = table.columns.filter((column) => words.has(column.name)).map((column) => column.name);
    return columns.length === 0 ? [] : [{ name: `policy ${name}`, columns, expression: `(${expression}) is true` }];
  });
}

async function draftsFor(
  mending: Mending,
  shape: Shape,
  condition: Condition,
  people: readonly Person[],
): Promise<readonly Draft[]> {
  const { store } = mending;
  const drafts: Draft[] = [];
  const bases = [plain, ...variantsOf(store, shape).filter(({ into, name }) => into !== null && name === `in ${into}`)];
  for (const person of people.filter(({ key }) => key === 'a' || key === 'b'))
    for (const base of bases) {
      const variant: Variant = {
        ...base,
        name: `${base.name === 'plain' ? '' : `${base.name}, `}as ${condition.name}`,
      };
      const serial = store.serial++;
      const values = draftValues(store, shape, variant, person, serial);
      if (values === null) continue;
      const draft: Draft = { shape, variant, person, serial, values, tries: 0 };
      const asked = { ...mending, conditions: new Map([[shape.key, condition]]) };
      if (await satisfyDraft(asked, draft, condition.name, new Set(Object.keys(variant.set)))) drafts.push(draft);
    }
  return drafts;
}

/** Drafts of rows that policies for reading want and that nobody has yet. */
export async function draftsForPolicies(mending: Mending, people: readonly Person[]): Promise<readonly Draft[]> {
  const { session, store } = mending;
  const drafts: Draft[] = [];
  for (const policy of store.catalog.policies) {
    const shape = store.structure.shapes.get(`${policy.schema}.${policy.table}`);
    const reads = policy.permissive && (policy.command === 'select' || policy.command === 'all');
    if (
      shape === undefined ||
      !reads ||
      !store.byTable.has(keyOf(shape.table)) ||
      store.structure.people.has(shape.key)
    )
      continue;
    for (const condition of conditionsOf(shape.table, policy)) {
      const places = (store.byTable.get(shape.key) ?? []).map(({ relation, place }) => `"${relation}:${place}"`);
      const [met] = await session.rows(
        `select exists (select from ${quoteQualified(shape.table)} as x where ${condition.expression}
         and (tableoid::text || ':' || ctid::text) = any ('{${places.join(',')}}'::text[]))`,
      );
      if (met?.[0] !== 't') drafts.push(...(await draftsFor(mending, shape, condition, people)));
    }
  }
  return drafts;
}

// Claims of a token that policies compare with columns or words: whoever has rows of such a kind must carry such a token,
// else nobody passes and nothing is proved. Only which claims there are is read; what they protect is tried.
import type { Catalog, Policy } from '../catalog/model.ts';
import { comparisons } from '../satisfy-candidates.ts';
import type { Store } from './drafts.ts';
import { cellText, keyOf, type Person } from './model.ts';
import { powerful } from './values.ts';

export interface Claim {
  /** `app_metadata`, `org_id`. */
  readonly path: readonly string[];
  /** The claim is a list that one element of is compared. */
  readonly list: boolean;
  /** The column that it is compared with, `public.notes` and `org_id`; or the word, and whether it must differ. */
  readonly column: { readonly table: string; readonly name: string } | null;
  readonly word: { readonly text: string; readonly differs: boolean } | null;
}

const source =
  /(?:auth\.jwt\(\)|current_setting\('request\.jwt\.claims'(?:::text)?(?:, ?true)?\)(?:, ?''(?:::text)?\))?)((?:(?:[\s)]|::jsonb?|as \w+)*(?:->>?|#>>?)\s*(?:'[^']*'(?:::text(?:\[\])?)?|\d+))+)/gi;

/** The paths into the token that a text follows. */
const pathsIn = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(source)].map(([, steps = '']) =>
    [...steps.matchAll(/(?:->>?|#>>?)\s*(?:'([^']*)'|(\d+))/g)].flatMap(([, name, index]) =>
      name?.startsWith('{') === true ? name.slice(1, -1).split(',') : [name ?? index ?? ''],
    ),
  );

/** Every token has these, and they are right. */
const usual = new Set(['sub', 'email', 'role', 'aud', 'exp', 'iat', 'iss', 'session_id', 'is_anonymous', 'phone']);

/** Paths that a side of a comparison reads: itself, or by functions of the schema that return a claim. */
function pathsOf(catalog: Catalog, policy: Policy, text: string): readonly (readonly string[])[] {
  const called = policy.functions.flatMap(({ schema, name }) => {
    if (schema === 'auth' || !text.includes(`${name}(`)) return [];
    const body = catalog.functions.find((each) => each.schema === schema && each.name === name)?.body ?? '';
    return pathsIn(body);
  });
  return [...pathsIn(text), ...called].filter((path) => path.length > 1 || !usual.has(path[0] ?? ''));
}

const column = /^\(*(?:(\w+)\.)?"?(\w+)"?\)*(?:::[\w .]+)?\)*$/;
const word = /^\(*'((?:[^']|'')*)'(?:::[\w ."]+)?\)*$/;

function comparedIn(catalog: Catalog, policy: Policy, text: string): readonly Claim[] {
  return comparisons(text).flatMap(([left, operator, right]): readonly Claim[] => {
    const [ofLeft, ofRight] = [pathsOf(catalog, policy, left), pathsOf(catalog, policy, right)];
    if (ofLeft.length > 0 === ofRight.length > 0) return [];
    const [paths, other, claim] = ofLeft.length > 0 ? [ofLeft, right, left] : [ofRight, left, right];
    const list = operator === 'IN' || /^(ANY|ALL) |array_elements/.test(claim);
    const named = column.exec(other);
    const [, spoken] = word.exec(other) ?? [];
    const name = named?.[2] ?? '';
    const own = { schema: policy.schema, name: policy.table };
    const held = [own, ...policy.relations].find((relation) =>
      catalog.tables.some(
        (table) => keyOf(table) === keyOf(relation) && table.columns.some((each) => each.name === name),
      ),
    );
    if (spoken !== undefined)
      return paths.map((path) => ({ path, list, column: null, word: { text: spoken, differs: operator === '<>' } }));
    if (named === null || held === undefined || operator === '<>') return [];
    return paths.map((path) => ({ path, list, column: { table: keyOf(held), name }, word: null }));
  });
}

/** The claims that policies compare with something, each once. */
export function readClaims(catalog: Catalog): readonly Claim[] {
  const all = catalog.policies.flatMap((policy) =>
    [policy.using, policy.check].flatMap((text) => (text === null ? [] : comparedIn(catalog, policy, `(${text})`))),
  );
  return [...new Map(all.map((claim) => [JSON.stringify(claim), claim])).values()];
}

/** Columns that a claim is compared with: they say whose a row is. */
export function claimedColumns(catalog: Catalog): ReadonlyMap<string, ReadonlySet<string>> {
  const columns = readClaims(catalog).flatMap((claim) => (claim.column === null ? [] : [claim.column]));
  return new Map(
    [...Map.groupBy(columns, ({ table }) => table)].map(([table, each]) => [
      table,
      new Set(each.map(({ name }) => name)),
    ]),
  );
}

/** What a person's token holds besides the usual: values of their own rows, and words that open something to them. */
export type Carried = readonly (readonly [path: readonly string[], value: unknown])[];

const ofTenant = /^(o|org\w*|organi[sz]ation\w*|team\w*|tenant\w*|workspace\w*|compan\w*|account\w*)$/;

export function carriedClaims(store: Store, person: Person): Carried {
  const { catalog, structure, byTable } = store;
  return readClaims(catalog).flatMap(({ path, list, column: compared, word: spoken }): Carried => {
    const carried = (value: string | null | undefined): Carried =>
      value == null ? [] : [[path, list ? [value] : value]];
    if (spoken !== null) {
      // Whoever runs the installation has every such word; others have those that give no power beyond their own world.
      const harmless =
        !powerful.test(spoken.text) || ofTenant.test(path.at(-1)?.split('_')[0] ?? '') || ofTenant.test(path[0] ?? '');
      const may = path[0] === 'aal' || person.world === 'staff' || (person.key === person.world && harmless);
      return may ? carried(spoken.differs ? '0' : spoken.text) : [];
    }
    if (compared === null) return [];
    const shape = structure.shapes.get(compared.table);
    const personal =
      shape?.personColumns.includes(compared.name) === true ||
      shape?.references.some(
        ({ columns, target }) => columns.includes(compared.name) && structure.people.has(target),
      ) === true;
    if (!personal && person.key.endsWith('.friend')) return [];
    const rows = (byTable.get(compared.table) ?? []).filter((row) =>
      personal ? row.person === person.key : row.world === person.world,
    );
    // Where several share something, everybody of the world is in it.
    const shared = rows.toSorted((one, two) => Number(/^in /.test(two.variant)) - Number(/^in /.test(one.variant)));
    return carried(shared.map((row) => cellText(row.values[compared.name])).find((value) => value !== null));
  });
}

/** Puts what is carried into claims; of somebody else's, only what everybody may write of themselves: user_metadata. */
export function withCarried(
  claims: Readonly<Record<string, unknown>>,
  carried: Carried,
  forged = false,
): Record<string, unknown> {
  const made = structuredClone(claims) as Record<string, unknown>; // checked: a copy of the same
  for (const [path, value] of carried) {
    if (forged && path[0] !== 'user_metadata') continue;
    let at: Record<string, unknown> = made;
    path.forEach((name, index) => {
      if (index === path.length - 1) at[name] = value;
      else {
        const inner = at[name];
        const next = /^\d+$/.test(path[index + 1] ?? '') ? [] : {};
        at[name] = typeof inner === 'object' && inner !== null ? inner : next;
        at = at[name] as Record<string, unknown>; // checked: set above
      }
    });
  }
  return made;
}

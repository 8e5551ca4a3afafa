// Rights as statements: from those that an object has, or is born with, to those that it shall have.
import type { Grant } from '../catalog/model.ts';
import { quoteName, quoteRole } from '../quote.ts';
import { type Statement, sql } from './piece.ts';
import type { Side } from './side.ts';

/** One privilege; `column` is null for the whole object. */
export interface Right {
  readonly grantee: string;
  readonly privilege: string;
  readonly grantable: boolean;
  readonly column: string | null;
}

/** As pg_default_acl calls kinds of objects; `foreign` is a wrapper or server. */
export type ObjectType = 'r' | 'S' | 'f' | 'T' | 'n' | 'foreign';

export const bornPublic: Readonly<Record<ObjectType, string | null>> = {
  r: null,
  S: null,
  f: 'EXECUTE',
  T: 'USAGE',
  n: null,
  foreign: null,
};

/** What an object of this login gets without a word: PostgreSQL's own defaults and those of the database. */
export function bornWith(side: Side, object: ObjectType, schema: string | null): readonly Right[] {
  const said = side.catalog.defaultRights.filter((each) => each.role === side.login && each.object === object);
  // What is said for the whole database stands in place of PostgreSQL's own.
  const own = said.some((each) => each.schema === null) ? null : bornPublic[object];
  return [
    ...(own === null ? [] : [{ grantee: 'public', privilege: own, grantable: false, column: null }]),
    ...said
      .filter((each) => each.schema === null || each.schema === schema)
      .flatMap(({ grants }) => grants.map((grant) => ({ ...grant, column: null }))),
  ];
}

/** Without the owner's own. */
export const rightsOf = (grants: readonly Grant[], owner: string, column: string | null = null): readonly Right[] =>
  grants
    .filter(({ grantee }) => grantee !== owner)
    .map(({ grantee, privilege, grantable }) => ({ grantee, privilege, grantable, column }));

/** Only PostgreSQL 17 and later know MAINTAIN: it counts where both sides do. */
export const comparable = (rights: readonly Right[], a: Side, b: Side): readonly Right[] =>
  Math.min(a.catalog.version, b.catalog.version) >= 170_000
    ? rights
    : rights.filter(({ privilege }) => privilege !== 'MAINTAIN');

const keyOf = ({ grantee, privilege, grantable, column }: Right): string =>
  JSON.stringify([grantee, privilege, grantable, column]);

export const rightsText = (rights: readonly Right[]): string => [...new Set(rights.map(keyOf))].sort().join('\n');

const order = 'SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER MAINTAIN USAGE CREATE EXECUTE'.split(' ');
const everything: Readonly<Record<ObjectType, number>> = { r: 8, S: 3, f: 1, T: 1, n: 2, foreign: 1 };

/** `select, update (title, body)`; `all` where a role has each privilege there is. */
function listPrivileges(rights: readonly Right[], object: ObjectType): string {
  const whole = rights.filter(({ column }) => column === null);
  if (everything[object] > 1 && whole.length === everything[object] && whole.length === rights.length) return 'all';
  return order
    .flatMap((privilege) => {
      const mine = rights.filter((right) => right.privilege === privilege);
      const columns = mine.flatMap(({ column }) => (column === null ? [] : [quoteName(column)]));
      if (mine.length === 0) return [];
      const word = privilege.toLowerCase();
      return [
        ...(mine.some(({ column }) => column === null) ? [word] : []),
        ...(columns.length === 0 ? [] : [`${word} (${columns.join(', ')})`]),
      ];
    })
    .join(', ');
}

/** `on` is `table public.t` or `function public.f(int)`. Roles with the same privileges share a statement. */
export function grantStatements(
  on: string,
  object: ObjectType,
  from: readonly Right[],
  to: readonly Right[],
): readonly Statement[] {
  const [had, has] = [new Set(from.map(keyOf)), new Set(to.map(keyOf))];
  const lines = (rights: readonly Right[], verb: (privileges: string, roles: string, again: boolean) => string) => {
    const byRole = Map.groupBy(rights, ({ grantee, grantable }) => JSON.stringify([grantee, grantable]));
    const shared = Map.groupBy(byRole.entries(), ([key, mine]) =>
      JSON.stringify([listPrivileges(mine, object), JSON.parse(key)[1]]),
    );
    return [...shared].map(([key, roles]) => {
      const [privileges, again] = JSON.parse(key) as [string, boolean]; // checked: made two lines above
      const names = roles.map(([role]) => quoteRole(String(JSON.parse(role)[0])));
      return sql(verb(privileges, names.join(', '), again));
    });
  };
  const gone = from.filter((right) => !has.has(keyOf(right)));
  // MAINTAIN has no name before PostgreSQL 17, `all` has one everywhere.
  const cleared = new Set(gone.filter(({ privilege }) => privilege === 'MAINTAIN').map(({ grantee }) => grantee));
  const lost = gone.filter(({ grantee }) => !cleared.has(grantee));
  const won = to.filter((right) => !had.has(keyOf(right)));
  const again = to.filter(
    (right) => had.has(keyOf(right)) && (cleared.has(right.grantee) || lost.some((each) => sameButOption(each, right))),
  );
  return [
    ...[...cleared].map((role) => sql(`revoke all on ${on} from ${quoteRole(role)}`)),
    ...lines(lost, (privileges, roles) => `revoke ${privileges} on ${on} from ${roles}`),
    // A revoke takes the privilege with and without its option: what stays is said again.
    ...lines(
      [...won, ...again],
      (privileges, roles, again) => `grant ${privileges} on ${on} to ${roles}${again ? ' with grant option' : ''}`,
    ),
  ];
}

const sameButOption = (a: Right, b: Right): boolean =>
  a.grantee === b.grantee && a.privilege === b.privilege && (a.column === null || a.column === b.column);

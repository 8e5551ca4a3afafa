// People may change their own row, and a column of it decides what they are allowed or what they have paid for.
import type { Catalog, Policy, Table } from '../../catalog/model.ts';
import { isPlatform } from '../platform.ts';
import type { Rule } from '../rule.ts';
import { type Branch, branchesOf, isForPeople, isGuarded, peopleMay, policiesOn } from './tenancy-conditions.ts';
import { appTables, foreignKeys, ownersOf, tenantsOf, uniqueKeys } from './tenancy-tables.ts';

/** Power wherever people may change it. */
const strong =
  /^(is_?(super_?)?(admin|staff|superuser|root)|superuser|is_?(premium|pro|paid|subscribed)|(\w+_)?quotas?|quota_\w+|is_banned|tokens?_(remaining|quota|balance))$/i;
/** Power in a table that has one row a person, a membership or a tenant; an ordinary word elsewhere. */
const weak =
  /^((user|org|organization|member|account|app|system|team)_?)?(roles?|admin|permissions?|privileges|scopes|plan|plan_(id|name|type)|tier|subscription(_(tier|plan|status|type|level|id))?|membership(_(tier|level|type))?|access_level|entitlements?|(is_)?(email_|phone_|kyc_)?verified|(is_)?approved|stripe_(customer|subscription)_id|trial_ends?(_at)?|billing_status)$|^(\w+_)?credits?(_balance|_remaining|_limit)?$|^(\w+_)?balance(_\w+)?$|^\w+_limit$/i;
const ofBilling = /subscription|wallet|billing|entitlement|credit/i;
/** What a subscription is, in its own table. */
const terms = /^(status|plan|plan_id|price_id|tier|quantity|current_period_end|credits?|balance|amount)$/i;

/** One row a person, a membership, or the tenant itself. */
function isIdentity(table: Table, catalog: Catalog): boolean {
  const owners = new Set([
    ...ownersOf(table, catalog).map(({ name }) => name),
    ...foreignKeys(table).flatMap(({ target, columns }) =>
      target?.schema === 'auth' && target.name === 'users' ? columns : [],
    ),
  ]);
  const tenants = new Set(tenantsOf(table, catalog).map(({ column }) => column));
  const keyed = uniqueKeys(table).some(
    (key) => key.every((name) => owners.has(name) || tenants.has(name)) && key.length > 0,
  );
  return keyed || isTenantItself(table, catalog);
}

/** Other tables have a tenant column that points here. */
const isTenantItself = (table: Table, catalog: Catalog): boolean =>
  appTables(catalog).some((other) =>
    tenantsOf(other, catalog).some(({ key }) => key === `${table.schema}.${table.name}`),
  );

/** Ways in which ordinary people pass: tied to a row of theirs, not gated by being somebody special. */
const ordinary = (policy: Policy, table: Table, catalog: Catalog): readonly Branch[] =>
  branchesOf(policy.using, table, catalog).filter(({ gated, tied, own }) => !gated && (own.size > 0 || tied.size > 0));

export const tenancyPowerColumn: Rule = {
  id: 'tenancy-power-column',
  level: 'error',
  category: 'security',
  title: 'People may change a column that confers power',
  why: 'A policy for UPDATE speaks of rows, not of columns: who may change his profile may also set its role to admin, his credits to a million, his plan to enterprise. One request through the API is enough.',
  mend: 'Grant UPDATE by column: `revoke update on profiles from authenticated; grant update (display_name, avatar_url) on profiles to authenticated`; or move the column to a table that only the server writes.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    appTables(catalog)
      .filter(({ rls, schema }) => rls && !isPlatform(schema))
      .flatMap((table) => {
        const policies = policiesOn(catalog, table, 'update');
        const ways = policies
          .filter((policy) => policy.permissive && isForPeople(policy))
          .map((policy) => ({ policy, ways: ordinary(policy, table, catalog) }))
          .filter((each) => each.ways.length > 0);
        if (ways.length === 0) return [];
        const identity = isIdentity(table, catalog);
        return table.columns
          .filter(
            ({ name, generated, identity: counter }) =>
              generated === null &&
              counter === null &&
              (strong.test(name) || (identity && weak.test(name)) || (ofBilling.test(table.name) && terms.test(name))),
          )
          .flatMap((column) => {
            const { name } = column;
            const mentioned = (text: string | null): boolean =>
              text !== null && new RegExp(`(?<!\\w)${name}(?!\\w)`).test(text);
            const open = ways.find(({ policy, ways: own }) => {
              if (mentioned(policy.check)) return false;
              // In a membership only one's own row: an administrator of the tenant sets the roles of others by right.
              return weak.test(name) && /role|permission|privilege|scope|access/i.test(name)
                ? own.some((way) => way.own.size > 0)
                : true;
            });
            if (open === undefined || !peopleMay(table, 'UPDATE', name)) return [];
            if (policies.some((policy) => !policy.permissive && (mentioned(policy.check) || mentioned(policy.using))))
              return [];
            if (isGuarded(catalog, table, name, 'update')) return [];
            return [
              {
                object: `${table.schema}.${table.name}.${name}`,
                message: `People who pass policy "${open.policy.name}" may set ${table.schema}.${table.name}.${name} to anything.`,
                hint: `revoke update on ${table.schema}.${table.name} from anon, authenticated; then grant update on the columns that are theirs, without ${name}.`,
              },
            ];
          });
      }),
};

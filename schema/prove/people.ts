// The people of the proof, and the roles and claims under which they try.
import type { Catalog } from '../catalog/model.ts';
import { type Carried, withCarried } from './claims.ts';
import type { Actor, Person } from './model.ts';
import type { Structure } from './structure.ts';
import { allowedValues, mostPowerful, powerful, uuidOf } from './values.ts';

/** What members are called in any table of members, the one who starts it left out. */
function titlesOf(catalog: Catalog, structure: Structure): readonly string[] {
  const titles = new Set<string>();
  for (const { table, title } of structure.memberships) {
    const shape = structure.shapes.get(table);
    const column = shape?.table.columns.find(({ name }) => name === title);
    if (shape === undefined) continue;
    const allowed = column === undefined ? null : allowedValues(catalog, shape.table, column);
    if (allowed === null || allowed.length === 0) titles.add('member');
    else for (const value of allowed) if (value !== mostPowerful(allowed)) titles.add(value);
  }
  return [...titles].slice(0, 5);
}

export function makePeople(catalog: Catalog, structure: Structure): readonly Person[] {
  const titles = titlesOf(catalog, structure);
  const person = (key: string, world: Person['world'], serial: number, title: string | null): Person => ({
    key,
    world,
    id: uuidOf(world, serial),
    email: `${key.replace(/\W/g, '-')}@example.com`,
    title,
  });
  // Friends share nothing but what names two people.
  return [
    person('a', 'a', 2, titles.length > 0 ? 'owner' : null),
    ...titles.map((title, index) => person(`a.${title}`, 'a', 3 + index, title)),
    person('a.friend', 'a', 20, null),
    person('b', 'b', 2, titles.length > 0 ? 'owner' : null),
    person('b.friend', 'b', 20, null),
    person('staff', 'staff', 2, null),
  ];
}

/** What a membership of this person is called, in words that the column allows. */
export const titleIn = (allowed: readonly string[], { key, world, title }: Person): string | undefined =>
  key === world
    ? (mostPowerful(allowed) ?? allowed[0])
    : ((title !== null && allowed.includes(title) ? title : undefined) ??
      allowed.find((value) => /member/i.test(value)) ??
      allowed.find((value) => !powerful.test(value)) ??
      allowed[0]);

export interface ActorOptions {
  /** Roles that people act in without and with an account. */
  readonly anonymous: string;
  readonly signedIn: string;
  /** Roles of the server's own, tried and listed but not judged. */
  readonly services: readonly string[];
  /** Ids of the containers of a world, for schemas whose policies read them from app_metadata. */
  readonly tenants: Readonly<Record<Person['world'], string | null>>;
  /** What else a person's token holds, where policies compare it with something. */
  readonly carried?: (person: Person) => Carried;
}

export function makeActors(people: readonly Person[], options: ActorOptions): readonly Actor[] {
  const carriedBy = (person: Person | undefined): Carried =>
    person === undefined ? [] : (options.carried?.(person) ?? []);
  const claims = (person: Person, more: Readonly<Record<string, unknown>> = {}, other?: Person): string => {
    const tenant = options.tenants[person.world];
    const tenants =
      tenant === null || person.key.endsWith('.friend')
        ? {}
        : { organization_id: tenant, org_id: tenant, tenant_id: tenant, workspace_id: tenant, team_id: tenant };
    const usual = {
      sub: person.id,
      role: options.signedIn,
      email: person.email,
      aud: 'authenticated',
      aal: 'aal1',
      session_id: person.id,
      is_anonymous: false,
      app_metadata: { provider: 'email', ...tenants },
      user_metadata: {},
    };
    const own = withCarried(usual, carriedBy(person));
    return JSON.stringify(withCarried({ ...own, ...more }, carriedBy(other), true));
  };
  const actors: Actor[] = [
    {
      name: 'anon',
      role: options.anonymous,
      claims: JSON.stringify({ role: options.anonymous }),
      person: null,
      kind: 'anonymous',
    },
  ];
  for (const person of people.filter(({ key }) => key !== 'b.friend'))
    actors.push({
      name: person.key,
      role: options.signedIn,
      claims: claims(person),
      person,
      kind: person.world === 'staff' ? 'staff' : 'person',
    });
  const [a, b] = [people.find(({ key }) => key === 'a'), people.find(({ key }) => key === 'b')];
  if (a !== undefined && b !== undefined) {
    const tenant = options.tenants.b ?? b.id;
    // Everybody may write their own user_metadata: whatever it says must not count.
    const forged = {
      user_id: b.id,
      sub: b.id,
      role: 'admin',
      is_admin: true,
      organization_id: tenant,
      org_id: tenant,
      tenant_id: tenant,
      team_id: tenant,
    };
    actors.push({
      name: 'a as b',
      role: options.signedIn,
      claims: claims(a, { user_metadata: forged }, b),
      person: a,
      kind: 'person',
    });
  }
  for (const role of options.services)
    actors.push({ name: role, role, claims: JSON.stringify({ role }), person: null, kind: 'service' });
  return actors;
}

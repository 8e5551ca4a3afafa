// Rows of Supabase's own tables: accounts with which people can sign in, their identities, and the names of stored files.
import type { AccountKey } from './account-keys.ts';
import { type Making, unusual } from './choice-values.ts';
import type { ColumnPlan } from './plan-model.ts';
import { cellOf, type Maker, ownerOf, placeOf, type TableState, tenantOf } from './state.ts';
import { isUnnamed, type Scene, textKind } from './text-values.ts';

type SceneOf = (row: number, salt: number) => Scene;

/** A value of raw_user_meta_data that a trigger reads; undefined: better not given. */
function metaValue({ key, allowed, column, required }: AccountKey, scene: Scene): unknown {
  const { person } = scene;
  if (allowed !== null) return allowed.find((value) => !unusual.test(value)) ?? allowed[0];
  const name = key.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  if (/^(name|display_name|full_name)$/.test(name)) return `${person?.first ?? ''} ${person?.last ?? ''}`;
  if (/^given_name$/.test(name)) return person?.first;
  if (/^family_name$/.test(name)) return person?.last;
  const type = column?.typeName ?? 'text';
  if (type === 'bool') return required ? false : undefined;
  if (/^(int[248]|float[48]|numeric)$/.test(type)) return required ? 1 : undefined;
  if (/^(date|timestamptz?)$/.test(type)) return required ? '1990-05-17' : undefined;
  // What names another row, or has a form that only the project knows, is given when nothing goes without it.
  if (type === 'uuid' || /_id$|code|token|secret|key$|role|_type$/.test(name) || isUnnamed(name))
    return required ? (textKind(name).make(scene) ?? name) : undefined;
  return textKind(name).make(scene) ?? (required ? name : undefined);
}

function accountMaker(making: Making, state: TableState, { column }: ColumnPlan, scene: SceneOf): Maker | null {
  const { world, voices } = making;
  const isUsers = state.plan.key === 'auth.users';
  const personOf = (row: number) => voices.people[row % voices.people.length];
  const created = (row: number): string => new Date(placeOf(world, state, row).createdAt).toISOString();
  const idOf = (row: number): string | null => cellOf(world.states.get('auth.users') ?? state, row, 'id');
  const json = (value: unknown): string => JSON.stringify(value);
  const users: Readonly<Record<string, Maker>> = {
    instance_id: () => '00000000-0000-0000-0000-000000000000',
    aud: () => 'authenticated',
    role: () => 'authenticated',
    email_confirmed_at: created,
    last_sign_in_at: created,
    raw_app_meta_data: () => json({ provider: 'email', providers: ['email'] }),
    raw_user_meta_data: (row, salt) => {
      const person = personOf(row);
      const name = `${person?.first ?? ''} ${person?.last ?? ''}`;
      const asked = making.accountKeys.map((each) => [each.key, metaValue(each, scene(row, salt))]);
      return json({ display_name: name, full_name: name, ...Object.fromEntries(asked) });
    },
    phone: () => null,
    is_sso_user: () => 'false',
    is_anonymous: () => 'false',
    email_change_confirm_status: () => '0',
  };
  const identities: Readonly<Record<string, Maker>> = {
    provider: () => 'email',
    provider_id: idOf,
    identity_data: (row) => json({ sub: idOf(row), email: personOf(row)?.email, email_verified: true }),
    last_sign_in_at: created,
  };
  const known = (isUsers ? users : identities)[column.name];
  if (known !== undefined) return known;
  if (!isUsers) return null;
  // The accounts service of Supabase does not read NULL in these.
  if (/_token(_new|_current)?$|^(email|phone)_change$/.test(column.name)) return () => '';
  return /_at$|_until$|is_super_admin|phone/.test(column.name) && !/created|updated/.test(column.name)
    ? () => null
    : null;
}

/** A row of storage.objects as an upload makes it. */
function objectMaker({ world, paths }: Making, state: TableState, { column }: ColumnPlan): Maker | null {
  const shapeOf = (row: number) => paths.get(cellOf(state, row, 'bucket_id') ?? '') ?? paths.get('');
  const rowId = (key: string | null, row: number): string | null => {
    const target = key === null ? undefined : world.states.get(key);
    const primary = target?.plan.table.constraints.find(({ kind }) => kind === 'primary key')?.columns[0];
    return target === undefined || primary === undefined || row < 0 ? null : cellOf(target, row, primary);
  };
  const ownerId = (row: number): string | null => rowId(world.plan.users, ownerOf(world, state, row));
  switch (column.name) {
    case 'name':
      return (row) => {
        const { folders, extension } = shapeOf(row) ?? { folders: [], extension: 'md' };
        const names = folders.map((segment) => {
          if (typeof segment === 'object') return segment.text;
          const tenant = segment === 'tenant' ? rowId(world.plan.tenants, tenantOf(world, state, row)) : null;
          return tenant ?? ownerId(row) ?? 'shared';
        });
        return [...names, `file-${row + 1}.${extension}`].join('/');
      };
    case 'owner_id':
      return ownerId;
    case 'metadata':
      return (row) => JSON.stringify({ size: 2048 + (row % 5000), mimetype: shapeOf(row)?.mime ?? 'text/markdown' });
    case 'version':
    case 'user_metadata':
    case 'level':
      return () => null;
    default:
      return null;
  }
}

export function platformMaker(making: Making, state: TableState, plan: ColumnPlan, scene: SceneOf): Maker | null {
  const { key } = state.plan;
  if (key === 'auth.users' || key === 'auth.identities') return accountMaker(making, state, plan, scene);
  return key === 'storage.objects' ? objectMaker(making, state, plan) : null;
}

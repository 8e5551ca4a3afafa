// People for tests, made as the accounts service makes them, without a password.

import type { Claims, Database } from '../../core/database.ts';
import { newId } from '../../core/ids.ts';
import { statement } from '../../core/statement.ts';

const insertUser = statement({
  name: 'testing_insert_user',
  text: `
    insert into auth.users (id, aud, role, email, email_confirmed_at, raw_user_meta_data, raw_app_meta_data)
    values ($1, 'authenticated', 'authenticated', $2, now(), $3, '{"provider": "email", "providers": ["email"]}')`,
  params: { id: 'uuid', email: 'text', data: 'jsonb' },
});

export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly claims: Claims;
}

export async function createUser(db: Database, email: string): Promise<TestUser> {
  const id = newId();
  await db.asService('auth', insertUser({ id, email, data: { display_name: email.split('@')[0] } }));
  return { id, email, claims: { sub: id, role: 'authenticated', email, session_id: newId() } };
}

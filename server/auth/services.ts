// What the functions of this room work with; made once by auth.ts, passed as their first argument.
import type { Config } from '../../core/config.ts';
import type { Database } from '../../core/database.ts';
import type { Client } from './client.ts';
import type { Passwords } from './passwords.ts';
import { insertAudit } from './queries.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { Secret } from './secret.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface AccountServices {
  readonly db: Database;
  readonly config: Pick<Config, 'LOAM_SIGNUP'>;
  readonly keys: SigningKeys;
  readonly secret: Secret;
  readonly passwords: Passwords;
  readonly limiter: RateLimiter;
  /** Forgets ended sessions in this process without waiting to be notified. */
  forgetSessions(ended: readonly { readonly id: string }[]): void;
  /** Asked for at the first sign-up from elsewhere; null when there is none, and then only this machine may make it. */
  readonly setupCode: string | null;
}

/** The statement that notes what was done to an account, to be sent with it. */
export const auditAccount = (id: string, action: string, client: Client) =>
  insertAudit({
    user_id: id,
    action,
    resource_type: 'account',
    resource_id: id,
    ip: client.ip,
    user_agent: client.userAgent,
  });

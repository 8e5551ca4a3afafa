// Statements of the HTTP edge itself.
import { statement } from '../../core/statement.ts';

export const ping = statement({ name: 'http_ping', text: 'select true as ok', columns: { ok: 'bool?' } });

// A database that people use: what must hold before anything is tried in it, and that nothing was left behind.
import type { Catalog } from '../catalog/model.ts';
import { type Session, ToolError } from '../session.ts';
import { keyOf } from './model.ts';

/** What reaches out of a transaction cannot be taken back by rolling it back. */
const outside =
  /\b(dblink(_\w+)?|http_(get|post|put|delete|patch|head)|pg_background_launch|lo_export|pg_file_write|pg_read_server_files)\s*\(|\bto\s+program\b/i;
const untrusted = /^(plpython3?u|plperlu|pltclu|plsh|pljavau|c)$/;

/** Before the transaction. Throws ToolError when what is tried could not be undone, or would be read past policies. */
export async function guardLive(session: Session, catalog: Catalog, roles: readonly string[]): Promise<void> {
  const [state] = await session.rows(
    `select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on', rolsuper or rolbypassrls, rolsuper, current_user
     from pg_catalog.pg_roles where rolname = current_user`,
  );
  if (state?.[0] === 't')
    throw new ToolError(
      'The server only reads: the proof has to make rows, which it takes back. Prove a copy, or the folder of migrations.',
    );
  if (state?.[1] !== 't')
    throw new ToolError(
      `Policies apply to the login ${state?.[3] ?? ''}, so it cannot see what others reached. Use a login that is superuser or has BYPASSRLS.`,
    );
  const reaching = catalog.functions.find(
    ({ body, language, schema }) => untrusted.test(language) || (outside.test(body) && schema !== 'extensions'),
  );
  if (reaching !== undefined)
    throw new ToolError(
      `${keyOf(reaching)} reaches out of its transaction (${reaching.language}), so calling it could not be undone. Prove the folder of migrations instead: that runs in a scratch database.`,
    );
  for (const role of roles) {
    const [may] = await session.rows(`select pg_has_role(current_user, $1, 'member')`, [role]);
    if (state?.[2] !== 't' && may?.[0] !== 't')
      throw new ToolError(
        `The login ${state?.[3] ?? ''} may not act as ${role}. Grant it that role, or use another login.`,
      );
  }
}

/** The transaction that everything happens in; its number says afterwards what became of it. */
export async function beginProof(session: Session): Promise<string> {
  // One row of settings instead of locks that wait: whoever is at work goes first.
  await session.exec(
    `begin isolation level repeatable read; set local lock_timeout = '3s'; set local statement_timeout = '10min'`,
  );
  const [row] = await session.rows('select pg_current_xact_id()::text');
  return row?.[0] ?? '';
}

/** Rolls back, and asks the server whether it did. Throws ToolError when it says anything but aborted. */
export async function undoProof(session: Session, transaction: string): Promise<void> {
  await session.exec('rollback');
  const [row] = await session.rows('select pg_xact_status($1::xid8)', [transaction]);
  if (row?.[0] !== 'aborted')
    throw new ToolError(
      `The transaction of the proof was not rolled back: the server calls it ${row?.[0] ?? 'unknown'}.`,
    );
}

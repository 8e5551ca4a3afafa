// Conversations: their settings, their trash, their place in a branch.
import type { Conversation, ConversationChange, NewConversation } from '../../contract/chat.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import * as sql from './queries.ts';

/** Where a model's name leads; the gateway's `resolve`. Throws model_not_found or model_ambiguous. */
export type ResolveModel = (name: string) => { provider: string; model: string };

export const toConversation = (row: sql.ConversationRow): Conversation => ({
  ...row,
  collection_ids: [...row.collection_ids],
});

export async function createConversation(
  db: Database,
  claims: Claims,
  input: NewConversation,
  resolve: ResolveModel,
): Promise<Conversation> {
  const id = newId();
  const model = input.model === undefined ? null : resolve(input.model);
  const insert = sql.insertConversation({
    id,
    title: input.title ?? null,
    model_provider: model?.provider ?? null,
    model_name: model?.model ?? null,
    system_prompt: input.system_prompt ?? null,
    temperature: input.temperature === undefined ? null : String(input.temperature),
    max_tokens: input.max_tokens ?? null,
    document_chat: input.document_chat ?? true,
  });
  const collections = sql.addCollections({ conversation_id: id, collection_ids: input.collection_ids ?? [] });
  const [, , rows] = await db
    .asUser(claims, [insert, collections, sql.getConversation({ id })])
    .catch(hideForeignCollection);
  return toConversation(first(rows));
}

/** A collection that is somebody else's, or none at all, fails the policy: both are told the same. */
function hideForeignCollection(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'forbidden') throw error;
  throw new AppError('not_found', { details: { field: 'collection_ids' }, cause: error });
}

export async function changeConversation(
  db: Database,
  claims: Claims,
  id: string,
  change: ConversationChange,
  resolve: ResolveModel,
): Promise<Conversation> {
  const model = change.model === undefined || change.model === null ? null : resolve(change.model);
  const update = sql.updateConversation({
    id,
    title: change.title ?? null,
    set_model: change.model !== undefined,
    model_provider: model?.provider ?? null,
    model_name: model?.model ?? null,
    set_system_prompt: change.system_prompt !== undefined,
    system_prompt: change.system_prompt ?? null,
    set_temperature: change.temperature !== undefined,
    temperature: change.temperature === undefined || change.temperature === null ? null : String(change.temperature),
    set_max_tokens: change.max_tokens !== undefined,
    max_tokens: change.max_tokens ?? null,
    document_chat: change.document_chat ?? null,
    pinned: change.pinned ?? null,
    archived: change.archived ?? null,
  });
  const { active_message_id: leaf, collection_ids: collections } = change;
  return await db
    .asUser(claims, async (tx) => {
      await tx.one(update);
      if (leaf !== undefined) await tx.one(sql.chooseBranch({ conversation_id: id, message_id: leaf }));
      if (collections !== undefined)
        await tx.batch([
          sql.clearCollections({ conversation_id: id }),
          sql.addCollections({ conversation_id: id, collection_ids: collections }),
        ]);
      return toConversation(await tx.one(sql.getConversation({ id })));
    })
    .catch(hideForeignCollection);
}

/** Into the trash for thirty days, or gone at once with everything that hangs on it. */
export async function deleteConversation(db: Database, claims: Claims, id: string, permanent: boolean): Promise<void> {
  first(await db.asUser(claims, permanent ? sql.purgeConversation({ id }) : sql.setDeleted({ id, deleted: true })));
}

export async function restoreConversation(db: Database, claims: Claims, id: string): Promise<Conversation> {
  const [done, rows] = await db.asUser(claims, [sql.setDeleted({ id, deleted: false }), sql.getConversation({ id })]);
  first(done);
  return toConversation(first(rows));
}

/** The first row, or `not_found`: somebody else's row looks just like one that does not exist. */
export function first<R>(rows: readonly R[]): R {
  const [row] = rows;
  if (row === undefined) throw new AppError('not_found');
  return row;
}

/** A conversation is called by the beginning of its first question. */
export function titleOf(question: string): string {
  const line = question.replace(/\s+/g, ' ').trim();
  if (line.length <= 60) return line;
  const cut = line.slice(0, 60);
  const space = cut.lastIndexOf(' ');
  return `${(space > 30 ? cut.slice(0, space) : cut).replace(/[\s,;:.]+$/, '')}…`;
}

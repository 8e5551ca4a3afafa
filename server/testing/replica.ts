// A second server process on the same database, for tests that kill it: asks one question, lets the model say a few
// words, prints the message's id and never comes to an end. Arguments: database address, user id, conversation id.
import { createDatabase } from '../../core/database.ts';
import { openPg } from '../../core/database-pg.ts';
import { openChat } from '../chat/chat.ts';
import { scriptedModel } from './model.ts';
import { mount, silentLog } from './requests.ts';

const [url = '', userId = '', conversationId = ''] = process.argv.slice(2);
const driver = await openPg({ url, sessionRole: 'authenticator', poolSize: 3 });
const db = createDatabase(driver, { patterns: new Set(['chat']), vectors: false });
const model = scriptedModel();
const chat = await openChat({
  db,
  log: silentLog,
  sources: model,
  resolve: () => ({ provider: 'test', model: 'one' }),
  defaultModel: async () => 'test/one',
  describeDocuments: async () => [],
});
const client = mount([chat.routes])({ id: userId, email: '', claims: { sub: userId, role: 'authenticated' } });
const response = await client.raw('POST', `/api/v1/conversations/${conversationId}/messages`, {
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ content: 'Tell me everything' }),
});
const call = await model.next();
call.say('Half of ');
call.say('it.');
process.stdout.write(`${response.headers.get('x-loam-message-id')}\n`);

// Foreign data wrappers and servers as pieces. User mappings hold passwords and are nobody's migration.
import type { Server, Wrapper } from '../catalog/model-uncommon.ts';
import { quoteName, quoteText } from '../quote.ts';
import { optionChanges, optionList } from './options.ts';
import { altered, idOf, type Piece, pieceOf, sql } from './piece.ts';

export function wrapperPiece(wrapper: Wrapper): Piece {
  const on = `foreign data wrapper ${quoteName(wrapper.name)}`;
  const say = (word: string, name: string | null): string => (name === null ? ` no ${word}` : ` ${word} ${name}`);
  const { handler, validator } = wrapper;
  return pieceOf({
    id: idOf('wrapper', wrapper.name),
    kind: 'wrapper',
    title: on,
    group: wrapper.name,
    text: JSON.stringify([handler, validator, wrapper.options]),
    create: [
      sql(
        `create ${on}${handler === null ? '' : say('handler', handler)}${validator === null ? '' : say('validator', validator)}${optionList(wrapper.options)}`,
      ),
    ],
    drop: sql(`drop ${on}`),
    object: wrapper,
    become: (old) => {
      const before = old.object as Wrapper; // checked: pieces of one id are of one kind
      const changes = [
        before.handler === handler ? '' : say('handler', handler),
        before.validator === validator ? '' : say('validator', validator),
        optionChanges(before.options, wrapper.options),
      ];
      return altered([sql(`alter ${on}${changes.join('')}`)]);
    },
  });
}

export function serverPiece(server: Server): Piece {
  const on = `server ${quoteName(server.name)}`;
  const say = (word: string, value: string | null): string => (value === null ? '' : ` ${word} ${quoteText(value)}`);
  const wrapper = idOf('wrapper', server.wrapper);
  return pieceOf({
    id: idOf('server', server.name),
    kind: 'server',
    title: `foreign ${on}`,
    group: server.name,
    text: JSON.stringify([server.wrapper, server.type, server.version, server.options]),
    needs: [wrapper],
    create: [
      sql(
        `create ${on}${say('type', server.type)}${say('version', server.version)} foreign data wrapper ${quoteName(server.wrapper)}${optionList(server.options)}`,
      ),
    ],
    drop: sql(`drop ${on}`),
    // What logins it has must be given again by hand.
    loses: `the user mappings of ${on}`,
    object: server,
    become: (old) => {
      const before = old.object as Server; // checked: pieces of one id are of one kind
      if (before.wrapper !== server.wrapper || before.type !== server.type) return null;
      if (before.version !== null && server.version === null) return null;
      const version = before.version === server.version ? '' : say('version', server.version);
      return altered([sql(`alter ${on}${version}${optionChanges(before.options, server.options)}`)]);
    },
  });
}

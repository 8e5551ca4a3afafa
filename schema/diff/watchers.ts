// Event triggers and extended statistics as pieces: what watches statements, and what watches columns.
import type { EventTrigger, Statistics } from '../catalog/model-uncommon.ts';
import { quoteName, quoteQualified, quoteText } from '../quote.ts';
import { lowerKeywords } from './deparsed.ts';
import { altered, idOf, type Piece, pieceOf, sql } from './piece.ts';

const states: Readonly<Record<string, string>> = {
  O: 'enable',
  D: 'disable',
  R: 'enable replica',
  A: 'enable always',
};

export function eventTriggerPiece(trigger: EventTrigger): Piece {
  const on = `event trigger ${quoteName(trigger.name)}`;
  const tags = trigger.tags.length === 0 ? '' : `\n  when tag in (${trigger.tags.map(quoteText).join(', ')})`;
  const text = `create ${on} on ${trigger.event}${tags}\n  execute function ${quoteQualified(trigger.function)}()`;
  const state = sql(`alter ${on} ${states[trigger.enabled] ?? 'enable'}`);
  return pieceOf({
    id: idOf('event trigger', trigger.name),
    kind: 'event trigger',
    title: on,
    group: on,
    text: `${text} ${trigger.enabled}`,
    create: [sql(text), ...(trigger.enabled === 'O' ? [] : [state])],
    drop: sql(`drop ${on}`),
    object: text,
    become: (old) => (old.object === text ? altered([state]) : null),
  });
}

export function statisticsPiece(statistics: Statistics): Piece {
  const on = `statistics ${quoteQualified(statistics)}`;
  const parent = idOf('table', statistics.table.schema, statistics.table.name);
  const columns = statistics.columns.map((column) =>
    idOf('column', statistics.table.schema, statistics.table.name, column),
  );
  const goal = sql(`alter ${on} set statistics ${statistics.target ?? -1}`);
  return pieceOf({
    id: idOf('statistics', statistics.schema, statistics.name),
    kind: 'statistics',
    title: on,
    group: quoteQualified(statistics.table),
    text: `${statistics.text} ${statistics.target}`,
    parent,
    parts: columns,
    needs: [idOf('schema', statistics.schema), parent, ...columns],
    claims: [JSON.stringify(['statistics', statistics.schema, statistics.name])],
    create: [sql(lowerKeywords(statistics.text)), ...(statistics.target === null ? [] : [goal])],
    drop: sql(`drop ${on}`),
    object: statistics,
    become: (old) => ((old.object as Statistics).text === statistics.text ? altered([goal]) : null), // checked: pieces of one id are of one kind
  });
}

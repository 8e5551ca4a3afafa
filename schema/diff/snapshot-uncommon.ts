// The part of a snapshot that few schemas have.
import { quoteName } from '../quote.ts';
import { addTarget, type Collector } from './collector.ts';
import { defaultRightsPieces } from './default-rights.ts';
import { serverPiece, wrapperPiece } from './foreign-data.ts';
import { isExtensionWrapper, isPlatformRole, managed } from './managed.ts';
import { castName, castPiece, operatorName, operatorPiece } from './operators.ts';
import type { Piece } from './piece.ts';
import { commentPieces } from './rights.ts';
import { dictionaryPiece, searchConfigurationPiece } from './text-search.ts';
import { eventTriggerPiece, statisticsPiece } from './watchers.ts';

/** An object on which nobody can be given rights. */
function addPlain(
  all: Collector,
  on: string,
  piece: Piece,
  { owner, comment, schema = null }: { owner: string; comment: string | null; schema?: string | null },
): void {
  all.add([piece]);
  addTarget(all, { on, piece, object: null, schema, owner }, comment, []);
}

export function addUncommon(all: Collector): void {
  const { catalog } = all.side;
  const own = <T extends { readonly schema: string }>(objects: readonly T[]): readonly T[] =>
    objects.filter(({ schema }) => all.isOwn(schema));
  for (const wrapper of catalog.wrappers) {
    if (isExtensionWrapper(wrapper.name)) continue;
    const piece = wrapperPiece(wrapper);
    all.add([piece]);
    const target = { on: piece.title, piece, object: 'foreign', schema: null, owner: wrapper.owner } as const;
    addTarget(all, target, wrapper.comment, wrapper.grants);
  }
  for (const server of catalog.servers) {
    const piece = serverPiece(server);
    all.add([piece]);
    const on = `server ${quoteName(server.name)}`;
    const target = { on, piece, object: 'foreign', schema: null, owner: server.owner } as const;
    addTarget(all, target, server.comment, server.grants);
  }
  for (const dictionary of own(catalog.dictionaries)) {
    const piece = dictionaryPiece(dictionary);
    addPlain(all, piece.title, piece, dictionary);
  }
  for (const configuration of own(catalog.searchConfigurations)) {
    const piece = searchConfigurationPiece(configuration);
    addPlain(all, piece.title, piece, configuration);
  }
  for (const operator of own(catalog.operators))
    addPlain(all, `operator ${operatorName(operator)}`, operatorPiece(operator), operator);
  for (const cast of own(catalog.casts)) {
    const piece = castPiece(cast);
    all.add([piece, ...commentPieces(castName(cast), piece, cast.comment)]);
  }
  for (const statistics of own(catalog.statistics)) {
    const piece = statisticsPiece(statistics);
    addPlain(all, piece.title, piece, statistics);
  }
  for (const trigger of catalog.eventTriggers) {
    if (managed.has(trigger.function.schema)) continue;
    const piece = eventTriggerPiece(trigger);
    addPlain(all, piece.title, piece, trigger);
  }
  all.add(defaultRightsPieces(all.side, all.other, all.isOwn, isPlatformRole));
}

// Text search dictionaries and configurations as pieces.
import type { Dictionary, SearchConfiguration } from '../catalog/model-uncommon.ts';
import { quoteQualified } from '../quote.ts';
import { altered, idOf, type Piece, pieceOf, type Statement, sql } from './piece.ts';

/** The names of `language = 'english', stopwords = 'english'`. */
const namesOf = (options: string | null): readonly string[] =>
  [...(options ?? '').matchAll(/(?:^|, )("(?:[^"]|"")*"|\w+) = '(?:[^']|'')*'/g)].map(([, name = '']) => name);

export function dictionaryPiece(dictionary: Dictionary): Piece {
  const on = `text search dictionary ${quoteQualified(dictionary)}`;
  const { template, options } = dictionary;
  return pieceOf({
    id: idOf('dictionary', dictionary.schema, dictionary.name),
    kind: 'dictionary',
    title: on,
    group: quoteQualified(dictionary),
    text: JSON.stringify([template, options]),
    needs: [idOf('schema', dictionary.schema)],
    create: [sql(`create ${on} (template = ${template}${options === null ? '' : `, ${options}`})`)],
    drop: sql(`drop ${on}`),
    object: dictionary,
    become: (old) => {
      const before = old.object as Dictionary; // checked: pieces of one id are of one kind
      if (before.template !== template) return null;
      const kept = new Set(namesOf(options));
      // A name without a value goes.
      const gone = namesOf(before.options).filter((name) => !kept.has(name));
      return altered([sql(`alter ${on} (${[...(options === null ? [] : [options]), ...gone].join(', ')})`)]);
    },
  });
}

/** Tokens that go through the same dictionaries share a statement. */
function mappingStatements(on: string, verb: string, mappings: SearchConfiguration['mappings']): readonly Statement[] {
  const shared = Map.groupBy(mappings, ({ dictionaries }) => dictionaries.join(', '));
  return [...shared].map(([through, all]) =>
    sql(`alter ${on}\n  ${verb} mapping for ${all.map(({ token }) => token).join(', ')} with ${through}`),
  );
}

export function searchConfigurationPiece(configuration: SearchConfiguration): Piece {
  const on = `text search configuration ${quoteQualified(configuration)}`;
  const { parser, mappings } = configuration;
  return pieceOf({
    id: idOf('search configuration', configuration.schema, configuration.name),
    kind: 'search configuration',
    title: on,
    group: quoteQualified(configuration),
    text: JSON.stringify([parser, mappings]),
    needs: [idOf('schema', configuration.schema)],
    create: [sql(`create ${on} (parser = ${parser})`), ...mappingStatements(on, 'add', mappings)],
    drop: sql(`drop ${on}`),
    object: configuration,
    become: (old) => {
      const before = old.object as SearchConfiguration; // checked: pieces of one id are of one kind
      if (before.parser !== parser) return null;
      const had = new Map(before.mappings.map(({ token, dictionaries }) => [token, dictionaries.join(', ')]));
      const has = new Set(mappings.map(({ token }) => token));
      const gone = before.mappings.filter(({ token }) => !has.has(token)).map(({ token }) => token);
      const changed = mappings.filter(
        ({ token, dictionaries }) => had.has(token) && had.get(token) !== dictionaries.join(', '),
      );
      return altered([
        ...(gone.length === 0 ? [] : [sql(`alter ${on}\n  drop mapping for ${gone.join(', ')}`)]),
        ...mappingStatements(on, 'alter', changed),
        ...mappingStatements(
          on,
          'add',
          mappings.filter(({ token }) => !had.has(token)),
        ),
      ]);
    },
  });
}

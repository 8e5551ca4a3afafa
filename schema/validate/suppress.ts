// Findings that somebody has answered: `-- loam-ignore: rule-id: reason` at a statement, or the same words in a COMMENT ON.
import type { Catalog } from '../catalog/model.ts';
import type { Spot } from './locate.ts';
import type { Place, Source } from './source.ts';

export interface Ignore {
  readonly rules: readonly string[];
  readonly reason: string;
  readonly place: Place | null;
  /** What carries the words: an object's comment, or a line of SQL. */
  readonly where: string;
  covers(object: string, spot: Spot | null): boolean;
}

const marker = /loam-ignore:\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)\s*(?::\s*([^\n]*))?/gi;

function* read(text: string): Generator<{ rules: readonly string[]; reason: string }> {
  for (const [, ids = '', reason = ''] of text.matchAll(marker))
    yield { rules: ids.split(',').map((id) => id.trim().toLowerCase()), reason: reason.replace(/\*\/\s*$/, '').trim() };
}

export function ignoresOf(sources: readonly Source[], catalog: Catalog | null): readonly Ignore[] {
  return [...sources.flatMap(inSource), ...(catalog === null ? [] : inCatalog(catalog))];
}

function inSource(source: Source): readonly Ignore[] {
  const texts = source.comments.filter(({ text }) => text.includes('loam-ignore'));
  return texts.flatMap((comment) => {
    const { file, line, column, start } = comment;
    const inside = source.statements.find((each) => each.start <= start && start < each.end);
    const before = source.statements.findLast(
      (each) => each.end <= start && source.placeOf({ character: each.end }).line === line,
    );
    const after = source.statements.find((each) => each.start >= start);
    const statement = before ?? after;
    const alone = source.line(line).trimStart().startsWith('--') || source.line(line).trimStart().startsWith('/*');
    const covers = (_: string, spot: Spot | null): boolean => {
      if (spot === null || spot.file !== file) return false;
      if (inside !== undefined) return spot.line === line || (alone && spot.line === line + 1);
      return statement !== undefined && spot.statement === statement;
    };
    return [...read(comment.text)].map((found) => ({
      ...found,
      place: { file, line, column },
      where: `${file}:${line}`,
      covers,
    }));
  });
}

function inCatalog(catalog: Catalog): readonly Ignore[] {
  const commented: { object: string; comment: string | null }[] = [
    ...catalog.tables.flatMap((table) => {
      const object = `${table.schema}.${table.name}`;
      return [
        { object, comment: table.comment },
        ...table.columns.map(({ name, comment }) => ({ object: `${object}.${name}`, comment })),
        ...table.constraints.map(({ name, comment }) => ({ object: `${object} constraint "${name}"`, comment })),
        ...table.indexes.map(({ name, comment }) => ({ object: `index ${table.schema}.${name}`, comment })),
      ];
    }),
    ...catalog.views.map(({ schema, name, comment }) => ({ object: `${schema}.${name}`, comment })),
    ...catalog.functions.map(({ schema, name, identity, comment }) => ({
      object: `${schema}.${name}(${identity})`,
      comment,
    })),
    ...catalog.policies.map(({ schema, table, name, comment }) => ({
      object: `${schema}.${table} policy "${name}"`,
      comment,
    })),
    ...catalog.schemas.map(({ name, comment }) => ({ object: `schema ${name}`, comment })),
  ];
  return commented.flatMap(({ object, comment }) =>
    comment === null
      ? []
      : [...read(comment)].map((found) => ({
          ...found,
          place: null,
          where: `the comment on ${object}`,
          covers: (other: string) =>
            other === object || other.startsWith(`${object}.`) || other.startsWith(`${object} `),
        })),
  );
}

// Asks the engine what a statement takes and gives, by the wire protocol's Describe, and holds it against what the code says.
import { protocol } from '@electric-sql/pglite';
import type { AnyStatement, SqlType } from '../../core/statement.ts';
import { openEngine } from './open-engine.ts';

const { serialize } = protocol;
const oids: Readonly<Record<SqlType, readonly number[]>> = {
  uuid: [2950],
  // What has no type of its own in the house travels as text too: varchar, name, char, inet.
  text: [25, 1043, 19, 18, 869],
  bool: [16],
  int2: [21],
  int4: [23],
  int8: [20],
  float4: [700],
  float8: [701],
  numeric: [1700],
  timestamptz: [1184],
  date: [1082],
  jsonb: [3802, 114],
  bytea: [17],
  'uuid[]': [2951],
  'text[]': [1009, 1015, 1003],
  'int4[]': [1007],
  'float4[]': [1021],
  void: [2278],
};

/** What a parameter may be declared as where the engine takes the wider type: as text they are the same. */
const wider: Readonly<Partial<Record<SqlType, SqlType>>> = { int2: 'int4', int4: 'int8', float4: 'float8' };

interface Field {
  readonly name: string;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
}
export interface Describer {
  /** One line for each difference between the statement and the database. */
  differences(statement: AnyStatement): Promise<readonly string[]>;
  close(): Promise<void>;
}

const base = (type: string): SqlType => type.replace(/\?$/, '') as SqlType; // checked: the only other character is the mark

export async function openDescriber(): Promise<Describer> {
  const engine = await openEngine();
  const { rows: types } = await engine.query<{ oid: number; name: string; category: string }>(
    `select oid::int as oid, format_type(oid, null) as name, typtype::text as category from pg_type`,
  );
  const typeNames = new Map(types.map(({ oid, name }) => [oid, name]));
  /** Enumerations travel as text. */
  const enums = new Set(types.filter(({ category }) => category === 'e').map(({ oid }) => oid));
  const { rows: attributes } = await engine.query<{ key: string; notnull: boolean }>(
    `select attrelid::text || '.' || attnum as key, attnotnull as notnull
     from pg_attribute
     where attrelid in (select oid from pg_class where relkind in ('r', 'p'))`,
  );
  const notNull = new Map(attributes.map(({ key, notnull }) => [key, notnull]));
  const fits = (type: string, oid: number): boolean =>
    oids[base(type)].includes(oid) || (base(type) === 'text' && enums.has(oid));
  const fitsParameter = (type: string, oid: number): boolean => {
    const next = wider[base(type)];
    return fits(type, oid) || (next !== undefined && fitsParameter(next, oid));
  };
  const nameOf = (oid: number | undefined): string =>
    oid === undefined ? 'nothing' : (typeNames.get(oid) ?? String(oid));

  async function describe(text: string): Promise<{ parameters: readonly number[]; fields: readonly Field[] }> {
    const parts = [serialize.parse({ text }), serialize.describe({ type: 'S' }), serialize.sync()];
    const { messages } = await engine.execProtocol(Buffer.concat(parts));
    let parameters: readonly number[] = [];
    let fields: readonly Field[] = [];
    for (const message of messages) {
      if (message.name === 'parameterDescription' && 'dataTypeIDs' in message)
        parameters = message.dataTypeIDs as number[]; // checked: what the message holds
      if (message.name === 'rowDescription' && 'fields' in message) fields = message.fields as Field[]; // checked: as above
    }
    return { parameters, fields };
  }

  return {
    close: () => engine.close(),
    differences: async (statement) => {
      let described: Awaited<ReturnType<typeof describe>>;
      try {
        described = await describe(statement.text);
      } catch (error) {
        return [`${statement.name}: ${error instanceof Error ? error.message : String(error)}`];
      }
      const { parameters } = described;
      // Who calls a function for what it does need not name its empty result.
      const fields =
        statement.columnTypes.length > 0
          ? described.fields
          : described.fields.filter(({ dataTypeID }) => dataTypeID !== 2278);
      const problems: string[] = [];
      const say = (problem: string): void => void problems.push(`${statement.name}: ${problem}`);
      if (parameters.length !== statement.paramTypes.length)
        say(`takes ${parameters.length} parameters, not ${statement.paramTypes.length}`);
      for (const [index, type] of statement.paramTypes.entries()) {
        const oid = parameters[index];
        if (oid !== undefined && !fitsParameter(type, oid)) say(`$${index + 1} is ${nameOf(oid)}, not ${type}`);
      }
      const [given, declared] = [
        fields.map(({ name }) => name).join(', '),
        statement.columnTypes.map(([name]) => name).join(', '),
      ];
      if (given !== declared) return [...problems, `${statement.name}: gives (${given}), not (${declared})`];
      for (const [index, [name, type]] of statement.columnTypes.entries()) {
        const field = fields[index];
        if (field === undefined) continue;
        if (!fits(type, field.dataTypeID)) say(`${name} is ${nameOf(field.dataTypeID)}, not ${type}`);
        if (notNull.get(`${field.tableID}.${field.columnID}`) === false && !type.endsWith('?'))
          say(`${name} may be null`);
      }
      return problems;
    },
  };
}

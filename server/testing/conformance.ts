// Holds every response of a test to the OpenAPI document that the routes publish: path, status, media type and body.
import { z } from 'zod';
import type { Room } from '../http/room.ts';

interface Operation {
  readonly responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components?: { schemas?: Record<string, object> };
}

/** Puts what `$ref` points at in its place. Our documents have no circles. */
function inline(node: unknown, schemas: Record<string, object>): unknown {
  if (Array.isArray(node)) return node.map((item) => inline(item, schemas));
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node && typeof node.$ref === 'string')
    return inline(schemas[node.$ref.split('/').at(-1) ?? ''], schemas);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inline(value, schemas)]));
}

export type Conformance = (
  method: string,
  path: string,
  response: { status: number; type: string | null; body: unknown },
) => void;

/** Throws, with the path and what is wrong, when a response is not what the document promises. */
export function conformance(app: Room): Conformance {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'test', version: '1' },
  }) as unknown as Document; // checked: the shape of OpenAPI
  const schemas = document.components?.schemas ?? {};
  const paths = Object.entries(document.paths).map(([path, operations]) => ({
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
    literal: path.replace(/\{[^}]+\}/g, '').length,
    operations,
  }));
  paths.sort((a, b) => b.literal - a.literal);
  const parsers = new Map<object, z.ZodType>();

  return (method, path, { status, type, body }) => {
    const bare = path.split('?')[0] ?? '';
    const operation = paths.find(({ pattern, operations }) => pattern.test(bare) && operations[method.toLowerCase()])
      ?.operations[method.toLowerCase()];
    if (operation === undefined) {
      if (status === 404) return;
      throw new Error(`${method} ${bare} answered ${status}, but the document does not know it`);
    }
    const response = operation.responses[String(status)] ?? operation.responses['default'];
    if (response === undefined) throw new Error(`${method} ${bare}: the document does not know status ${status}`);
    const media = type?.split(';')[0] ?? '';
    if (body === null && response.content === undefined) return;
    const content = response.content?.[media];
    if (content === undefined)
      throw new Error(
        `${method} ${bare} ${status}: the document does not know ${media === '' ? 'an empty body' : media}`,
      );
    if (media !== 'application/json' || content.schema === undefined) return;
    let parser = parsers.get(content.schema);
    if (parser === undefined) {
      parser = z.fromJSONSchema(inline(content.schema, schemas) as Parameters<typeof z.fromJSONSchema>[0]); // checked: a JSON Schema by origin
      parsers.set(content.schema, parser);
    }
    const parsed = parser.safeParse(body);
    if (!parsed.success)
      throw new Error(`${method} ${bare} ${status} is not what the document says: ${z.prettifyError(parsed.error)}`);
  };
}

// The options by which parameters of the schema are chosen, the same for every command that has them.
import type { Command } from 'commander';
import { chooseParameters, type Parameters } from '../../schema/parameters.ts';

export interface ParameterOptions {
  readonly dimension?: string;
  readonly type?: string;
  readonly index?: string;
  readonly model?: string;
  readonly exact?: string;
  readonly target?: string;
  readonly tenancy: boolean;
  readonly vectors: boolean;
}

export const addParameters = (command: Command): Command =>
  command
    .option('--dimension <number>', 'of embeddings: 384, 768, 1536 or 3072 (default 1536)')
    .option('--type <type>', 'vector or halfvec (default vector)')
    .option('--index <kind>', 'none searches exactly; ivfflat, hnsw (default none)')
    .option('--model <name>', 'the embedding model in use, <provider>/<name>')
    .option('--exact <rows>', 'up to so many embeddings of a tenant are searched exactly (default 20000)')
    .option('--target <target>', 'supabase, postgres or pglite')
    .option('--no-tenancy', 'without organizations')
    .option('--no-vectors', 'without the parts that need pgvector');

/** Throws ToolError on a choice that cannot be. */
export const parametersOf = ({
  dimension,
  type,
  index,
  model,
  exact,
  target,
  tenancy,
  vectors,
}: ParameterOptions): Parameters =>
  chooseParameters({ dimension, type, index, model, exact, target, tenancy, vectors });

// The planted questions and the rows that answer them, collected while rows are written: what a search must find.
import type { TablePlan } from './plan-model.ts';
import { cellOf, ownerOf, placeOf, type TableState, tenantOf, type World } from './state.ts';
import { plantedNumber, plantedQuestion, plantedSentence, plantedWord, speaks, textKind } from './text-values.ts';
import { topics } from './topics.ts';
import { centerOf, directions } from './vectors.ts';

export interface PlantedQuestion {
  /** Whether the rows are found by `vector` (cosine, nearest first) or by the words of `question`. */
  readonly by: 'vector' | 'words';
  readonly table: string;
  readonly column: string;
  /** Whose rows are asked; both null where rows are nobody's. */
  readonly user: { readonly id: string; readonly email: string | null } | null;
  readonly tenant: string | null;
  readonly question: string;
  readonly vector?: readonly number[];
  /** Keys of the rows, best first. Of `words` there is one. */
  readonly expected: readonly Readonly<Record<string, string | null>>[];
}

const askedTopics = 4;
const askedPerOwner = 2;

interface Draft {
  readonly question: Omit<PlantedQuestion, 'expected'>;
  readonly expected: (Readonly<Record<string, string | null>> | undefined)[];
}

export interface Collector {
  /** Called with each row that is written, in order. */
  see(state: TableState, row: number): void;
  list(): readonly PlantedQuestion[];
}

const primaryOf = (plan: TablePlan): readonly string[] =>
  plan.table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];

/** The text column that passages stand in, where there is room for the planted sentence. */
const passageColumn = (plan: TablePlan): string | null =>
  plan.columns.find(
    ({ column, type, rule, labels }) =>
      /^(text|varchar|citext)$/.test(type) &&
      /^(content|body|text|chunk|passage)/.test(column.name) &&
      textKind(column.name).form === 'prose' &&
      rule.allowed === undefined &&
      labels === null &&
      (rule.maxLength ?? 100_000) > 500 &&
      (type !== 'varchar' || column.typmod < 0 || column.typmod > 500),
  )?.column.name ?? null;

export function collectAnswers(world: World): Collector {
  const drafts = new Map<string, Draft>();

  function whose(state: TableState, row: number): Pick<PlantedQuestion, 'user' | 'tenant'> {
    const users = world.plan.users === null ? undefined : world.states.get(world.plan.users);
    const tenants = world.plan.tenants === null ? undefined : world.states.get(world.plan.tenants);
    const [owner, tenant] = [ownerOf(world, state, row), tenantOf(world, state, row)];
    const key = (of: TableState | undefined): string => (of === undefined ? '' : (primaryOf(of.plan)[0] ?? ''));
    return {
      user:
        users === undefined || owner < 0
          ? null
          : { id: cellOf(users, owner, key(users)) ?? '', email: cellOf(users, owner, 'email') },
      tenant: tenants === undefined || tenant < 0 ? null : cellOf(tenants, tenant, key(tenants)),
    };
  }

  const rowKey = (state: TableState, row: number): Record<string, string | null> =>
    Object.fromEntries(primaryOf(state.plan).map((name) => [name, cellOf(state, row, name)]));

  function note(id: string, rank: number, state: TableState, row: number, make: () => Draft['question']): void {
    const draft = drafts.get(id) ?? { question: make(), expected: [] };
    draft.expected[rank] ??= rowKey(state, row);
    drafts.set(id, draft);
  }

  function seeVector(state: TableState, row: number, column: string, dimensions: number): void {
    const { topic, rank } = placeOf(world, state, row);
    if (rank < 0 || topic >= Math.min(askedTopics, directions(dimensions))) return;
    const id = `${state.plan.key} ${column} ${row % state.step} ${topic}`;
    note(id, rank, state, row, () => ({
      by: 'vector',
      table: state.plan.key,
      column,
      ...whose(state, row),
      question: topics[topic]?.question ?? '',
      vector: [...centerOf(world.sizes.seed, topic, dimensions)].map((value) => Math.round(value * 1e6) / 1e6),
    }));
  }

  function seePassage(state: TableState, row: number, column: string): void {
    const { parent, position } = placeOf(world, state, row);
    const main = state.plan.main === null ? undefined : world.states.get(state.plan.main.target);
    if (main === undefined || parent < 0 || Math.floor(parent / main.step) >= askedPerOwner) return;
    if (position !== (speaks(state.plan) === undefined ? 0 : 1)) return;
    const word = plantedWord(world.sizes.seed, main.number, parent);
    if (cellOf(state, row, column)?.includes(plantedSentence(word, plantedNumber(row))) !== true) return;
    note(`${state.plan.key} ${column} ${word} ${row}`, 0, state, row, () => ({
      by: 'words',
      table: state.plan.key,
      column,
      ...whose(state, row),
      question: plantedQuestion(word),
    }));
  }

  return {
    see: (state, row) => {
      // The first owners of each tenant are enough, and spare the others the look.
      if (row % state.step >= 2 * Math.max(1, world.sizes.tenants) || row > state.step * 5000) return;
      for (const { column, type } of state.plan.columns) {
        if (type === 'vector' || type === 'halfvec')
          seeVector(state, row, column.name, column.typmod > 0 ? column.typmod : world.sizes.dimensions);
      }
      const passage = passageColumn(state.plan);
      if (passage !== null) seePassage(state, row, passage);
    },
    list: () =>
      [...drafts.values()].map(({ question, expected }) => ({
        ...question,
        expected: expected.filter((key) => key !== undefined),
      })),
  };
}

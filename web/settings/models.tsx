// The models that can answer, and how to add a provider.

import type { Model } from '../api/models.ts';
import { useModels } from '../chat/use-models.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { formatCompact, formatMoney } from '../ui/format.ts';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { Section } from './section.tsx';

const words = strings.settings;

const price = (usd: string | null): string =>
  usd === null ? strings.models.unpriced : Number(usd) === 0 ? strings.models.free : formatMoney(usd);

function ModelRow({ model }: { model: Model }) {
  return (
    <tr className="border-t border-line">
      <th scope="row" className="py-2.5 ps-4 pe-3 text-start font-normal">
        <span className="block font-semibold wrap-anywhere">{model.display_name || model.name}</span>
        <code className="block font-mono text-1 wrap-anywhere text-ink-3">{model.id}</code>
      </th>
      <td className="px-3 text-end text-ink-2 tabular-nums max-wide:hidden">
        {model.context_window === null ? '–' : formatCompact(model.context_window)}
      </td>
      <td className="px-3 text-end text-ink-2 tabular-nums">{price(model.input_price_per_million)}</td>
      <td className="ps-3 pe-4 text-end text-ink-2 tabular-nums">{price(model.output_price_per_million)}</td>
    </tr>
  );
}

function ModelTable({ models }: { models: Model[] }) {
  return (
    <div className="overflow-hidden rounded-2 border border-line bg-surface">
      <table className="w-full text-3">
        <thead className="bg-sunken text-1 text-ink-2">
          <tr className="h-10">
            <th scope="col" className="ps-4 text-start font-semibold">
              {words.model}
            </th>
            <th scope="col" className="px-3 text-end font-semibold max-wide:hidden">
              {words.context}
            </th>
            <th scope="col" className="px-3 text-end font-semibold">
              {words.input}
            </th>
            <th scope="col" className="ps-3 pe-4 text-end font-semibold">
              {words.output}
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <ModelRow key={model.id} model={model} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ModelSettings() {
  const models = useModels();
  return (
    <>
      <Section title={words.models} lead={words.modelsLead}>
        {models.error ? (
          <ProblemNote error={models.error}>
            <Button onClick={() => void models.refetch()}>{strings.tryAgain}</Button>
          </ProblemNote>
        ) : models.data ? (
          <ModelTable models={models.data} />
        ) : (
          <Loading>
            <Skeleton className="h-40" />
          </Loading>
        )}
      </Section>
      <Section title={words.addProvider} lead={words.addProviderText}>
        <dl className="rounded-2 border border-line bg-surface">
          {words.providers.map(({ name, setting }) => (
            <div
              key={name}
              className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-line px-4 py-2.5 text-3 first:border-t-0"
            >
              <dt className="font-semibold">{name}</dt>
              <dd>
                <code className="font-mono text-2 break-all text-ink-2">{setting}</code>
              </dd>
            </div>
          ))}
        </dl>
        <p className="mt-2 text-2 text-ink-3">{words.ollamaHint}</p>
      </Section>
    </>
  );
}

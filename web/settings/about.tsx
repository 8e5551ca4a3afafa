// What is running here, and the way to its API.

import type { ReactNode } from 'react';
import { useModels } from '../chat/use-models.ts';
import { useProfile } from '../frame/account.tsx';
import { strings } from '../strings.ts';
import { buttonClass } from '../ui/button.tsx';
import { Section } from './section.tsx';

const words = strings.settings;

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1 border-t border-line px-4 py-2.5 text-3 first:border-t-0">
      <dt className="text-ink-2">{name}</dt>
      <dd className="min-w-0 font-medium wrap-anywhere">{children}</dd>
    </div>
  );
}

export function AboutSettings() {
  const profile = useProfile().data;
  const models = useModels().data;
  const providers = [...new Set(models?.filter((model) => !model.built_in).map((model) => model.provider))];
  const installed = Object.entries(profile?.features ?? {}).filter(([, on]) => on);
  return (
    <>
      <Section title={words.running}>
        <dl className="rounded-2 border border-line bg-surface">
          <Fact name={words.answersBy}>
            {models ? words.modelCount(models.length) : '–'}
            {providers.length > 0 ? ` (${providers.join(', ')})` : models ? ` (${strings.chat.builtIn})` : ''}
          </Fact>
          <Fact name={words.searchBy}>{words.searchWords}</Fact>
          <Fact name={words.features}>{installed.map(([name]) => name).join(', ') || '–'}</Fact>
          <Fact name={words.signedInAs}>
            {profile?.email} {profile?.role === 'admin' ? '(admin)' : ''}
          </Fact>
        </dl>
      </Section>
      <Section title={words.api} lead={words.apiText}>
        <dl className="mb-4 rounded-2 border border-line bg-surface">
          <Fact name={words.openAiAddress}>
            <code className="font-mono text-2">{location.origin}/v1</code>
          </Fact>
        </dl>
        <a href="/api-docs/" className={buttonClass('plain')}>
          {words.browseApi}
        </a>
      </Section>
    </>
  );
}

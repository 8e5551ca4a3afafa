// API keys: make one, see them, revoke one. A new key is shown once.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, Copy, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { listApiKeys, makeApiKey } from '../api/api-keys.ts';
import { strings } from '../strings.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { Field, inputClass } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { useCopy } from '../ui/use-copy.ts';
import { ApiKeyList } from './api-key-list.tsx';
import { Section } from './section.tsx';

const words = strings.settings;
const lifetimes = [30, 90, 365];

function NewKey({ value }: { value: string }) {
  const [copied, copy] = useCopy();
  return (
    <div role="status" className="arrive mt-4 rounded-2 border border-accent-line bg-accent-soft p-4">
      <p className="text-3 font-semibold text-accent">{words.newKey}</p>
      <p className="text-2 text-ink-2">{words.newKeyHint}</p>
      <div className="mt-2 flex items-center gap-2">
        <code className="min-w-0 rounded-1 border border-line bg-surface px-2 py-1 font-mono text-2 break-all">
          {value}
        </code>
        <IconButton
          label={copied ? strings.copied : strings.copy}
          icon={copied ? Check : Copy}
          onClick={() => copy(value)}
        />
      </div>
    </div>
  );
}

function MakeKey({ onMade }: { onMade: () => void }) {
  const [made, setMade] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const make = async (form: HTMLFormElement): Promise<void> => {
    const fields = new FormData(form);
    const days = Number(fields.get('days'));
    const expires = days > 0 ? new Date(Date.now() + days * 86_400_000).toISOString() : null;
    setProblem(null);
    try {
      const { key } = await makeApiKey(String(fields.get('name') ?? '').trim(), expires);
      setMade(key);
      form.reset();
      onMade();
    } catch (error) {
      setProblem(error);
    }
  };
  return (
    <>
      <form
        className="flex flex-wrap items-start gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          void make(event.currentTarget);
        }}
      >
        <div className="w-full wide:w-picker">
          <Field label={words.keyName} name="name" maxLength={80} hint={words.keyNameHint} required />
        </div>
        <label className="flex flex-col gap-1 text-2 font-semibold text-ink-2">
          {words.expires}
          <select name="days" className={`${inputClass} font-normal`}>
            <option value="0">{words.expiryNever}</option>
            {lifetimes.map((days) => (
              <option key={days} value={days}>
                {words.expiryDays(days)}
              </option>
            ))}
          </select>
        </label>
        <Button tone="primary" type="submit" className="mt-5.5">
          {words.makeKey}
        </Button>
      </form>
      {problem ? <ProblemNote error={problem} className="mt-4" /> : null}
      {made ? <NewKey value={made} /> : null}
    </>
  );
}

export function ApiKeySettings() {
  const client = useQueryClient();
  const keys = useQuery({
    queryKey: ['api-keys'],
    queryFn: async () => (await listApiKeys()).data.filter((key) => key.revoked_at === null),
  });
  const refresh = (): void => void client.invalidateQueries({ queryKey: ['api-keys'] });
  return (
    <Section
      title={words.apiKeys}
      lead={
        <>
          {words.keysLead} <code className="font-mono text-2 wrap-anywhere text-ink">{location.origin}/v1</code>
        </>
      }
    >
      <MakeKey onMade={refresh} />
      <div className="mt-6">
        {keys.error ? (
          <ProblemNote error={keys.error}>
            <Button onClick={() => void keys.refetch()}>{strings.tryAgain}</Button>
          </ProblemNote>
        ) : keys.data === undefined ? (
          <Loading>
            <Skeleton className="h-12" />
          </Loading>
        ) : keys.data.length === 0 ? (
          <div className="rounded-2 border border-dashed border-line-strong">
            <Empty icon={KeyRound} title={words.noKeys} text={words.noKeysText} />
          </div>
        ) : (
          <ApiKeyList keys={keys.data} onRevoked={refresh} />
        )}
      </div>
    </Section>
  );
}

// The keys that are in use. Revoking asks once, because it cannot be undone.

import { lazy, Suspense, useState } from 'react';
import { type ApiKey, revokeApiKey } from '../api/api-keys.ts';
import { asProblem } from '../api/problem.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { formatDay } from '../ui/format.ts';
import { showToast } from '../ui/toasts.ts';

const Dialog = lazy(() => import('../ui/dialog.tsx').then((module) => ({ default: module.Dialog })));
const words = strings.settings;

function Revoke({ apiKey, onDone }: { apiKey: ApiKey; onDone: (revoked: boolean) => void }) {
  const revoke = async (): Promise<void> => {
    try {
      await revokeApiKey(apiKey.id);
      showToast(words.revoked);
      onDone(true);
    } catch (error) {
      showToast(asProblem(error).message);
      onDone(false);
    }
  };
  return (
    <Dialog title={words.revokeConfirm(apiKey.name)} onClose={() => onDone(false)}>
      <p className="text-3 text-ink-2">{words.revokeText}</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={() => onDone(false)}>{strings.cancel}</Button>
        <Button tone="danger" onClick={() => void revoke()}>
          {words.revoke}
        </Button>
      </div>
    </Dialog>
  );
}

export function ApiKeyList({ keys, onRevoked }: { keys: ApiKey[]; onRevoked: () => void }) {
  const [asked, setAsked] = useState<ApiKey | null>(null);
  return (
    <>
      <ul className="rounded-2 border border-line bg-surface">
        {keys.map((key) => (
          <li key={key.id} className="flex items-center gap-4 border-t border-line px-4 py-3 text-3 first:border-t-0">
            <div className="min-w-0 grow">
              <p className="truncate font-semibold">{key.name}</p>
              <p className="text-1 text-ink-3">
                <code className="font-mono">{key.key_prefix}…</code> · {words.made} {formatDay(key.created_at)} ·{' '}
                {words.lastUsed} {key.last_used_at ? formatDay(key.last_used_at) : words.never}
                {key.expires_at ? ` · ${words.expiresOn(formatDay(key.expires_at))}` : ''}
              </p>
            </div>
            <Button onClick={() => setAsked(key)}>{words.revoke}</Button>
          </li>
        ))}
      </ul>
      {asked ? (
        <Suspense>
          <Revoke
            apiKey={asked}
            onDone={(revoked) => {
              setAsked(null);
              if (revoked) onRevoked();
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}

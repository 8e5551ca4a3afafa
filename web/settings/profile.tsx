// The person's own settings: name, theme, the model for new chats, and leaving.

import { useQueryClient } from '@tanstack/react-query';
import { LogOut } from 'lucide-react';
import { useId } from 'react';
import { asProblem } from '../api/problem.ts';
import { changeProfile, type Profile, type Theme } from '../api/profile.ts';
import { useModels } from '../chat/use-models.ts';
import { useProfile } from '../frame/account.tsx';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { Field, inputClass } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { useStore } from '../ui/store.ts';
import { showToast } from '../ui/toasts.ts';
import { Section } from './section.tsx';
import { chooseTheme, theme } from './theme.ts';

const words = strings.settings;
const themes: Theme[] = ['system', 'light', 'dark'];

function useSave(): (change: Parameters<typeof changeProfile>[0]) => Promise<void> {
  const client = useQueryClient();
  return async (change) => {
    try {
      client.setQueryData(['me'], await changeProfile(change));
      showToast(words.saved);
    } catch (error) {
      showToast(asProblem(error).message);
    }
  };
}

function ThemeChoice() {
  const chosen = useStore(theme);
  const save = useSave();
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">{words.theme}</legend>
      {themes.map((name) => (
        <label
          key={name}
          className="flex h-8.5 cursor-pointer items-center gap-2 rounded-1 border border-control px-3 text-3 text-ink-2 has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="theme"
            className="accent-accent"
            checked={chosen === name}
            onChange={() => {
              chooseTheme(name);
              void save({ theme: name });
            }}
          />
          {words.themes[name]}
        </label>
      ))}
    </fieldset>
  );
}

function DefaultModel({ profile }: { profile: Profile }) {
  const id = useId();
  const models = useModels();
  const save = useSave();
  return (
    <div className="flex max-w-form flex-col gap-1">
      <label htmlFor={id} className="text-2 font-semibold text-ink-2">
        {words.defaultModel}
      </label>
      <select
        id={id}
        className={inputClass}
        value={profile.default_model ?? ''}
        onChange={(event) => void save({ default_model: event.target.value === '' ? null : event.target.value })}
      >
        {profile.default_model ? null : <option value="">–</option>}
        {(models.data ?? []).map((model) => (
          <option key={model.id} value={model.id}>
            {model.display_name || model.name} ({model.provider})
          </option>
        ))}
      </select>
    </div>
  );
}

function Name({ profile }: { profile: Profile }) {
  const save = useSave();
  return (
    <form
      className="flex max-w-form flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save({ display_name: String(new FormData(event.currentTarget).get('name') ?? '').trim() });
      }}
    >
      <Field
        label={words.name}
        name="name"
        defaultValue={profile.display_name ?? ''}
        maxLength={80}
        hint={words.nameHint}
        required
      />
      <Field label={words.email} value={profile.email ?? ''} readOnly />
      <div>
        <Button tone="primary" type="submit">
          {strings.save}
        </Button>
      </div>
    </form>
  );
}

export function ProfileSettings() {
  const profile = useProfile();
  const { data } = profile;
  if (profile.error) {
    return (
      <ProblemNote error={profile.error}>
        <Button onClick={() => void profile.refetch()}>{strings.tryAgain}</Button>
      </ProblemNote>
    );
  }
  if (!data) {
    return (
      <Loading className="flex max-w-form flex-col gap-4">
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
      </Loading>
    );
  }
  return (
    <>
      <Section title={words.profile}>
        <Name profile={data} />
      </Section>
      <Section title={words.theme}>
        <ThemeChoice />
      </Section>
      <Section title={words.models}>
        <DefaultModel profile={data} />
      </Section>
      <Button icon={LogOut} onClick={() => void import('../api/auth.ts').then(({ signOut }) => signOut())}>
        {words.signOut}
      </Button>
    </>
  );
}

// Name, email, password; for the first account of a server that others can reach, also the code printed at its start.

import { signUp } from '../api/auth.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { useForm } from './use-form.ts';

export function SignUpForm({ next, needsCode }: { next: string; needsCode: boolean }) {
  const words = strings.signUp;
  const form = useForm(next, (field) =>
    signUp({
      email: field('email').trim(),
      password: field('password'),
      displayName: field('name').trim(),
      setupCode: needsCode ? field('setup_code').trim() : null,
    }),
  );
  return (
    <form onSubmit={form.onSubmit} className="flex flex-col gap-4">
      {form.problem ? <ProblemNote error={form.problem} /> : null}
      <Field label={words.name} name="name" autoComplete="name" maxLength={80} required />
      <Field label={strings.signIn.email} name="email" type="email" autoComplete="username" required />
      <Field
        label={strings.signIn.password}
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={8}
        hint={words.passwordHint}
        required
      />
      {needsCode ? (
        <Field
          label={words.setupCode}
          name="setup_code"
          autoComplete="one-time-code"
          hint={words.setupCodeHint}
          required
        />
      ) : null}
      <Button tone="primary" type="submit" disabled={form.working}>
        {form.working ? words.working : words.submit}
      </Button>
    </form>
  );
}

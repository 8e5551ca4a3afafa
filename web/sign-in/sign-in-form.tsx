// Email and password.

import { signIn } from '../api/auth.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { useForm } from './use-form.ts';

export function SignInForm({ next }: { next: string }) {
  const words = strings.signIn;
  const form = useForm(next, (field) => signIn(field('email').trim(), field('password')));
  return (
    <form onSubmit={form.onSubmit} className="flex flex-col gap-4">
      {form.problem ? <ProblemNote error={form.problem} /> : null}
      <Field label={words.email} name="email" type="email" autoComplete="username" required />
      <Field label={words.password} name="password" type="password" autoComplete="current-password" required />
      <Button tone="primary" type="submit" disabled={form.working}>
        {form.working ? words.working : words.submit}
      </Button>
    </form>
  );
}

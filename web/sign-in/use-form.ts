// What both forms do: send once, show what went wrong, and go where the person wanted to be.

import { useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { asProblem, type Problem } from '../api/problem.ts';

export type Form = { working: boolean; problem: Problem | null; onSubmit: (event: FormEvent<HTMLFormElement>) => void };

export function useForm(next: string, act: (fields: (name: string) => string) => Promise<void>): Form {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (form: FormData): Promise<void> => {
    setWorking(true);
    setProblem(null);
    try {
      await act((name) => String(form.get(name) ?? ''));
      router.history.push(next);
    } catch (error) {
      setProblem(asProblem(error));
      setWorking(false);
    }
  };
  return {
    working,
    problem,
    onSubmit: (event) => {
      event.preventDefault();
      void submit(new FormData(event.currentTarget));
    },
  };
}

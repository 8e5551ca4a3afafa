// Signing in and making an account: one page with two forms, shown before anybody is known.

import { useQuery } from '@tanstack/react-query';
import { Link, Navigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { readSetup } from '../api/setup.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { SignUpForm } from './sign-up-form.tsx';

function Card({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main className="flex h-full items-start justify-center overflow-y-auto px-4 py-16">
      <PageTitle>{title}</PageTitle>
      <div className="flex w-full max-w-form flex-col gap-6">
        <div className="flex flex-col gap-4">
          <Logo large />
          <div>
            <h1 className="text-6 font-bold">{title}</h1>
            <p className="mt-1 text-4 text-ink-2">{lead}</p>
          </div>
        </div>
        {children}
      </div>
    </main>
  );
}

function Waiting() {
  return (
    <Loading className="flex flex-col gap-4">
      <Skeleton className="h-14" />
      <Skeleton className="h-14" />
      <Skeleton className="h-8.5" />
    </Loading>
  );
}

const useSetup = () => useQuery({ queryKey: ['setup'], queryFn: readSetup });

export function SignInPage() {
  const setup = useSetup();
  const search = useSearch({ from: '/sign-in' });
  const words = strings.signIn;
  if (setup.data?.needs_first_account) return <Navigate to="/sign-up" search={search} replace />;
  return (
    <Card title={words.title} lead={words.lead}>
      {setup.error ? (
        <ProblemNote error={setup.error}>
          <Button onClick={() => void setup.refetch()}>{strings.tryAgain}</Button>
        </ProblemNote>
      ) : setup.data ? (
        <>
          <SignInForm next={search.next ?? '/'} />
          {setup.data.signup === 'open' ? (
            <p className="text-3 text-ink-2">
              {words.noAccount}{' '}
              <Link to="/sign-up" search={search} className="font-semibold text-accent hover:underline">
                {words.makeOne}
              </Link>
            </p>
          ) : (
            <p className="text-3 text-ink-2">{words.closed}</p>
          )}
        </>
      ) : (
        <Waiting />
      )}
    </Card>
  );
}

export function SignUpPage() {
  const setup = useSetup();
  const search = useSearch({ from: '/sign-up' });
  const words = strings.signUp;
  const first = setup.data?.needs_first_account === true;
  if (setup.data && !first && setup.data.signup === 'closed') return <Navigate to="/sign-in" search={search} replace />;
  return (
    <Card title={first ? words.first : words.title} lead={first ? words.firstLead : words.lead}>
      {setup.error ? (
        <ProblemNote error={setup.error}>
          <Button onClick={() => void setup.refetch()}>{strings.tryAgain}</Button>
        </ProblemNote>
      ) : setup.data ? (
        <>
          <SignUpForm next={search.next ?? '/'} needsCode={setup.data.needs_setup_code} />
          {first ? null : (
            <p className="text-3 text-ink-2">
              {words.haveOne}{' '}
              <Link to="/sign-in" search={search} className="font-semibold text-accent hover:underline">
                {strings.signIn.submit}
              </Link>
            </p>
          )}
        </>
      ) : (
        <Waiting />
      )}
    </Card>
  );
}

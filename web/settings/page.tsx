// Settings: one page with a section for each thing that can be set.

import { Link, Outlet } from '@tanstack/react-router';
import { TopBar } from '../frame/top-bar.tsx';
import { strings } from '../strings.ts';
import { PageTitle } from '../ui/page-title.tsx';

const words = strings.settings;
const sections = [
  ['/settings/profile', words.profile],
  ['/settings/api-keys', words.apiKeys],
  ['/settings/models', words.models],
  ['/settings/about', words.about],
] as const;

export function SettingsPage() {
  return (
    <main className="flex min-h-0 grow flex-col">
      <PageTitle>{words.title}</PageTitle>
      <TopBar />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="mx-auto w-full max-w-column-wide px-4 pb-16 wide:px-6 desk:pt-8">
          <h1 className="text-6 font-bold">{words.title}</h1>
          <nav aria-label={words.title} className="mt-4 mb-6 flex flex-wrap gap-1 border-b border-line">
            {sections.map(([to, label]) => (
              <Link
                key={to}
                to={to}
                className="-mb-px border-b-2 px-3 py-2 text-3"
                activeProps={{ className: 'border-accent font-semibold text-ink' }}
                inactiveProps={{ className: 'border-transparent text-ink-2 hover:text-ink' }}
              >
                {label}
              </Link>
            ))}
          </nav>
          <Outlet />
        </div>
      </div>
    </main>
  );
}

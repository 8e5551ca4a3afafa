// Whose account this is, at the foot of the sidebar, with the way to the settings.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Keyboard, LogOut, Settings } from 'lucide-react';
import { useEffect } from 'react';
import { readProfile } from '../api/profile.ts';
import { adoptTheme } from '../settings/theme.ts';
import { strings } from '../strings.ts';
import { Avatar } from '../ui/avatar.tsx';
import { MenuButton } from '../ui/menu-button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { closeDrawer, overlay } from './sidebar-state.ts';

export const useProfile = () => useQuery({ queryKey: ['me'], queryFn: readProfile });

async function leave(): Promise<void> {
  const { signOut } = await import('../api/auth.ts');
  await signOut();
}

export function Account() {
  const navigate = useNavigate();
  const profile = useProfile();
  const words = strings.frame;
  const theme = profile.data?.theme;
  useEffect(() => (theme ? adoptTheme(theme) : undefined), [theme]);
  const name = profile.data?.display_name || profile.data?.email || '';
  const items = [
    { label: words.settings, icon: Settings, onSelect: () => void navigate({ to: '/settings/profile' }) },
    { label: words.shortcuts, icon: Keyboard, onSelect: () => overlay.set('shortcuts') },
    { label: words.signOut, icon: LogOut, onSelect: () => void leave() },
  ];
  return (
    <div className="mx-2 flex h-14.75 shrink-0 items-center gap-1 border-t border-line pe-2 pb-2">
      <MenuButton items={items} align="start">
        {(props) => (
          <button
            type="button"
            {...props}
            className="flex h-9 min-w-0 grow items-center gap-2.5 rounded-1 px-2 text-3 font-semibold text-ink hover:bg-hover"
          >
            {profile.data ? <Avatar name={name} /> : <Skeleton className="size-6.5 rounded-full" />}
            <span className="truncate">{profile.data ? name : <Skeleton className="w-24" />}</span>
            <span className="sr-only">{words.account}</span>
          </button>
        )}
      </MenuButton>
      <Link
        to="/settings/profile"
        onClick={closeDrawer}
        aria-label={words.settings}
        title={words.settings}
        className="flex size-8 items-center justify-center rounded-1 text-ink-3 hover:bg-hover hover:text-ink"
      >
        <Settings aria-hidden size={16} strokeWidth={1.75} />
      </Link>
    </div>
  );
}

// Starts the application in the page: query cache, router, and what happens when a session ends.

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { onSignedOut } from './api/session.ts';
import { router } from './routes.tsx';
import { followTheme } from './settings/theme.ts';
import './styles/app.css';
import { measureScrollbar } from './ui/scrollbar.ts';

followTheme();
measureScrollbar();
onSignedOut(() => {
  queryClient.clear();
  const here = router.state.location;
  if (here.pathname === '/sign-in' || here.pathname === '/sign-up') return;
  void router.navigate({ to: '/sign-in', search: { next: here.href } });
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

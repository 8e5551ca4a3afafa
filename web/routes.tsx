// Every page and its address. Each page's code is fetched when it is first visited.

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { hasSession } from './api/session.ts';
import { readPlace } from './documents/place.ts';
import { Crashed, NotFound } from './frame/not-found.tsx';
import { Toasts } from './ui/toast.tsx';

const root = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
  errorComponent: Crashed,
  notFoundComponent: NotFound,
});

const readNext = (search: Record<string, unknown>): { next?: string } =>
  typeof search.next === 'string' && /^\/(?!\/)/.test(search.next) ? { next: search.next } : {};

const outsiders = (): void => {
  if (hasSession()) throw redirect({ to: '/' });
};

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: readNext,
  beforeLoad: outsiders,
  component: lazyRouteComponent(() => import('./sign-in/page.tsx'), 'SignInPage'),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: readNext,
  beforeLoad: outsiders,
  component: lazyRouteComponent(() => import('./sign-in/page.tsx'), 'SignUpPage'),
});

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: ({ location }) => {
    if (!hasSession()) throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
  },
  component: lazyRouteComponent(() => import('./frame/frame.tsx'), 'Frame'),
});

const newChat = createRoute({
  getParentRoute: () => inside,
  path: '/',
  validateSearch: readPlace,
  component: lazyRouteComponent(() => import('./chat/new-chat-page.tsx'), 'NewChatPage'),
});

const conversation = createRoute({
  getParentRoute: () => inside,
  path: '/c/$conversationId',
  validateSearch: readPlace,
  component: lazyRouteComponent(() => import('./chat/conversation-page.tsx'), 'ConversationPage'),
});

const documents = createRoute({
  getParentRoute: () => inside,
  path: '/documents',
  component: lazyRouteComponent(() => import('./documents/page.tsx'), 'DocumentsPage'),
});

const documentView = createRoute({
  getParentRoute: () => inside,
  path: '/documents/$documentId',
  validateSearch: readPlace,
  component: lazyRouteComponent(() => import('./documents/document-page.tsx'), 'DocumentPage'),
});

const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/page.tsx'), 'SettingsPage'),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/profile', replace: true });
  },
});

const profile = createRoute({
  getParentRoute: () => settings,
  path: 'profile',
  component: lazyRouteComponent(() => import('./settings/profile.tsx'), 'ProfileSettings'),
});

const apiKeys = createRoute({
  getParentRoute: () => settings,
  path: 'api-keys',
  component: lazyRouteComponent(() => import('./settings/api-keys.tsx'), 'ApiKeySettings'),
});

const models = createRoute({
  getParentRoute: () => settings,
  path: 'models',
  component: lazyRouteComponent(() => import('./settings/models.tsx'), 'ModelSettings'),
});

const about = createRoute({
  getParentRoute: () => settings,
  path: 'about',
  component: lazyRouteComponent(() => import('./settings/about.tsx'), 'AboutSettings'),
});

const routeTree = root.addChildren([
  signIn,
  signUp,
  inside.addChildren([
    newChat,
    conversation,
    documents,
    documentView,
    settings.addChildren([settingsHome, profile, apiKeys, models, about]),
  ]),
]);

export const router = createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: false });

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

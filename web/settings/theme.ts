// Light, dark or as the system says: remembered here so that the first paint is right, and in the profile for other devices.

import type { Theme } from '../api/profile.ts';
import { makeStore } from '../ui/store.ts';

const key = 'loam.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function stored(): Theme {
  const value = localStorage.getItem(key);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export const theme = makeStore<Theme>(stored());

function apply(): void {
  const chosen = theme.get();
  const dark = chosen === 'dark' || (chosen === 'system' && system.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(key, chosen);
  theme.set(chosen);
}

/** On a device where nothing was chosen yet, what was chosen on another. */
export function adoptTheme(chosen: Theme): void {
  if (localStorage.getItem(key) === null) theme.set(chosen);
}

/** Applies the theme now and whenever it, or the system's own, changes. */
export function followTheme(): void {
  theme.subscribe(apply);
  system.addEventListener('change', apply);
  window.addEventListener('storage', (event) => (event.key === key ? theme.set(stored()) : undefined));
  apply();
}

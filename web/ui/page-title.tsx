// What the tab and the history of the browser call a page.

import { strings } from '../strings.ts';

export function PageTitle({ children }: { children: string }) {
  return <title>{`${children} · ${strings.loam}`}</title>;
}

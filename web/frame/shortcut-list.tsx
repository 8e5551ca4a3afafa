// The list of keyboard shortcuts.

import { strings } from '../strings.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Keys } from '../ui/keys.tsx';
import { overlay } from './sidebar-state.ts';

const names = strings.frame.shortcutNames;
const shortcuts: [string, string][] = [
  [names.search, 'mod+k'],
  [names.newChat, 'mod+shift+o'],
  [names.sidebar, 'mod+shift+s'],
  [names.composer, 'shift+esc'],
  [names.send, 'enter'],
  [names.newline, 'shift+enter'],
  [names.stop, 'esc'],
  [names.shortcuts, 'mod+/'],
];

export function ShortcutList() {
  return (
    <Dialog title={strings.frame.shortcuts} onClose={() => overlay.set(null)}>
      <dl className="flex flex-col">
        {shortcuts.map(([name, keys]) => (
          <div key={name} className="flex items-center justify-between border-t border-line py-2 text-3">
            <dt className="text-ink-2">{name}</dt>
            <dd>
              <Keys keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

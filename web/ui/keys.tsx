// Shortcut keys as the person's keyboard names them.

export const isApple = /mac|iphone|ipad/i.test(navigator.platform);

const names: Record<string, string> = isApple
  ? { mod: '⌘', shift: '⇧', esc: 'esc', enter: '↵' }
  : { mod: 'Ctrl', shift: '⇧', esc: 'Esc', enter: '↵' };

/** `mod+shift+o` as ⌘⇧O, or Ctrl ⇧ O. */
export function keyNames(keys: string): string {
  const parts = keys.split('+').map((key) => names[key] ?? key.toLocaleUpperCase());
  return parts.join(isApple ? '' : ' ');
}

export function Keys({ keys }: { keys: string }) {
  return (
    <kbd className="rounded-0 border border-line-strong bg-surface px-1.25 font-sans text-0 text-ink-3">
      {keyNames(keys)}
    </kbd>
  );
}

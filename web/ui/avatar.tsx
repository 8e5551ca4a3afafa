// A person as their initials.

const initials = (name: string): string => {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => Array.from(word ?? '')[0] ?? '',
  );
  return letters.join('').toLocaleUpperCase();
};

export function Avatar({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="flex size-6.5 shrink-0 items-center justify-center rounded-full bg-accent-soft text-0 font-semibold text-accent"
    >
      {initials(name)}
    </span>
  );
}

/** The lines in which two texts differ, for texts that differ in one place. */
export function diffOf(before: string, after: string): string {
  const [old, changed] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < changed.length && old[head] === changed[head]) head += 1;
  let tail = 0;
  const shorter = Math.min(old.length, changed.length) - head;
  while (tail < shorter && old.at(-1 - tail) === changed.at(-1 - tail)) tail += 1;
  const part = (lines: readonly string[], mark: string): string[] =>
    lines.slice(head, lines.length - tail).map((line) => `${mark} ${line}`);
  return [...part(old, "-"), ...part(changed, "+")].join("\n");
}

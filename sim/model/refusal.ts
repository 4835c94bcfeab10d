/** What a contract does when it reverts: its error's name and the values that it carries. */
export class Refusal extends Error {
  readonly args: readonly unknown[];

  constructor(name: string, args: readonly unknown[] = []) {
    super(`${name}(${args.map(String).join(", ")})`);
    this.name = name;
    this.args = args;
  }
}

/** Goes on if `condition` holds and refuses otherwise. */
export function need(condition: boolean, name: string, ...args: readonly unknown[]): asserts condition {
  if (!condition) throw new Refusal(name, args);
}

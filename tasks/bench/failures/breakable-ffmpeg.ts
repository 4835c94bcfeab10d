import { rm, writeFile } from "node:fs/promises";
import type { RoleProcess } from "../../devnet/processes.ts";

/** ffmpeg, until a file says how it is broken for the process that calls it. */
const script = (real: string) => `#!/bin/sh
flag="$0-$PPID"
[ -e "$flag" ] || exec '${real}' "$@"
case $(cat "$flag") in
  fails) echo "broken on purpose" >&2; exit 1 ;;
  hangs) exec sleep 600 ;;
esac
'${real}' "$@" || exit 1
for file in "$@"; do
  case $file in
    */[0-9].ts) head -c $(($(wc -c <"$file") / 376 * 188)) "$file" >"$file.cut" && mv "$file.cut" "$file" ;;
  esac
done
`;

/** One ffmpeg for all transcoders, which can be broken for each of them. */
export class BreakableFfmpeg {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(path: string, real: string): Promise<BreakableFfmpeg> {
    await writeFile(path, script(real), { mode: 0o755 });
    return new BreakableFfmpeg(path);
  }

  /** @param how `fails`: with status 1; `cuts`: half of what it wrote is missing; `hangs`: until it is killed; null: not at all any more */
  async break({ pid }: RoleProcess, how: "fails" | "cuts" | "hangs" | null): Promise<void> {
    const flag = `${this.path}-${pid}`;
    if (how === null) await rm(flag, { force: true });
    else await writeFile(flag, how);
  }
}

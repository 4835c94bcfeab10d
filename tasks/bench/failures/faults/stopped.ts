import type { RoleProcess } from "../../../devnet/processes.ts";
import type { End } from "./interface.ts";

/** SIGSTOP; SIGCONT at the end. */
export function stop({ name, pid }: RoleProcess): End {
  if (pid === undefined) throw new Error(`${name} is not running`);
  process.kill(pid, "SIGSTOP");
  return () => {
    process.kill(pid, "SIGCONT");
    return Promise.resolve();
  };
}

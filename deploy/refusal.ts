// What a call has failed with, as far as the contracts say it.
import { isHexString } from "ethers";
import { ARTIFACT_NAMES, readInterface } from "./artifacts.ts";

/** What a contract reverted with: nodes and libraries put it at different places. */
export function revertData(error: unknown, depth = 0): string | null {
  if (typeof error === "string")
    return isHexString(error) && error.length >= 10 && error.length % 8 === 2 ? error : null;
  if (typeof error !== "object" || error === null || depth > 5) return null;
  const known = error as Partial<Record<"data" | "error" | "info" | "cause", unknown>>;
  for (const part of [known.data, known.error, known.info, known.cause]) {
    const data = revertData(part, depth + 1);
    if (data !== null) return data;
  }
  return null;
}

/** What a contract has refused with; null if it was none, or for a reason that is unknown. */
export function refusalOf(error: unknown): string | null {
  const data = revertData(error);
  if (data === null) return null;
  for (const name of ARTIFACT_NAMES) {
    const parsed = readInterface(name).parseError(data);
    if (parsed !== null) return `${parsed.name}(${parsed.args.join(", ")})`;
  }
  return null;
}

/** Why something has failed, in one line. */
export function reasonOf(error: unknown): string {
  const { shortMessage, message } = error as Error & { readonly shortMessage?: string };
  return refusalOf(error) ?? (shortMessage ?? message).split("\n")[0]!;
}

import { StreamflowError } from "../errors.ts";

/** Why a hot key's cap {wei} does not cover what is asked of it in one creation round; null when it does. */
export function capShortage(
  key: string | null,
  creationRound: number,
  cap: bigint,
  needed: bigint,
): StreamflowError | null {
  if (needed <= cap) return null;
  return new StreamflowError("SignerCapTooLow", `the cap of ${key} is ${cap} wei, ${needed} wei are needed`, {
    key,
    creationRound,
    capWei: cap.toString(),
    neededWei: needed.toString(),
  });
}

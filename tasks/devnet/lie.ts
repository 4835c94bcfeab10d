import { id, keccak256 } from "ethers";
import type { OpenRun } from "../../offchain/verification/agents/runs.ts";
import { ThreadedRun } from "../../offchain/verification/game/threaded-run.ts";
import type { Case } from "../../offchain/vm/start.ts";
import { encodeState, Verdict } from "../../offchain/vm/state.ts";

/** Further than any run goes. */
const FOREVER = 2n ** 62n;
/** {ms} */
const RUN_MS = 600_000;

/**
 * A run as somebody tells it who lies: the truth until a step, then something else.
 * @param saysFault whether it also says that the run ends in a fault
 * @param from      {1} step of the first lie; without it half of the run is true
 */
export function lyingRun(judged: Case, saysFault: boolean, from?: bigint): OpenRun {
  const truth = new ThreadedRun(judged, { timeoutMs: RUN_MS });
  let planned: ReturnType<typeof plan> | undefined;
  const plan = async () => {
    const { state } = await truth.witnessAt(FOREVER);
    return { end: saysFault ? { ...state, verdict: Verdict.fault } : null, firstLie: from ?? state.step / 2n };
  };
  return {
    hashesAt: async (steps) => {
      const { end, firstLie } = await (planned ??= plan());
      const lieAt = (step: bigint): string =>
        end !== null && step >= end.step ? keccak256(encodeState(end)) : id(`lie ${step}`);
      const hashes = await truth.hashesAt(steps);
      return steps.map((step, i) => (step < firstLie ? hashes[i]! : lieAt(step)));
    },
    witnessAt: async (step) => {
      const { end } = await (planned ??= plan());
      return end !== null && step >= end.step ? { state: end, proof: new Uint8Array(0) } : truth.witnessAt(step);
    },
    close: () => truth.close(),
  };
}

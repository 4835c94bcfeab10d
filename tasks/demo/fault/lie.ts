import { id, keccak256 } from "ethers";
import type { OpenRun } from "../../../offchain/verification/agents/runs.ts";
import { type Case, startOf } from "../../../offchain/vm/start.ts";
import { encodeState, Verdict } from "../../../offchain/vm/state.ts";
import { Trace } from "../../../offchain/vm/trace.ts";

/** {1} Further than any run goes. */
const FOREVER = 2n ** 62n;

/**
 * A run as somebody tells it who lies: the truth until a step, then something else.
 * @param saysFault whether it also says that the run ends in a fault
 * @param from      {1} step of the first lie; without it half of the run is true
 */
export function lyingRun(judged: Case, saysFault: boolean, from?: bigint): OpenRun {
  const trace = new Trace(startOf(judged));
  const { state } = trace.witnessAt(FOREVER);
  const end = saysFault ? { ...state, verdict: Verdict.fault } : null;
  const firstLie = from ?? state.step / 2n;
  const lieAt = (step: bigint): string =>
    end !== null && step >= end.step ? keccak256(encodeState(end)) : id(`lie ${step}`);
  return {
    hashesAt: (steps) => {
      const truth = trace.hashesAt(steps);
      return Promise.resolve(steps.map((step, i) => (step < firstLie ? truth[i]! : lieAt(step))));
    },
    witnessAt: (step) =>
      Promise.resolve(
        end !== null && step >= end.step ? { state: end, proof: new Uint8Array(0) } : trace.witnessAt(step),
      ),
    close: () => Promise.resolve(),
  };
}

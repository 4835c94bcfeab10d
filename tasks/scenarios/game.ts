// What a dispute is played with: small programs for the machine, and what the sides say of their runs.
import { concat, id, keccak256 } from "ethers";
import { ARITY, type List, type Run } from "../../offchain/verification/game/interface.ts";
import { depthOf, firstList } from "../../offchain/verification/game/player.ts";
import { assemble } from "../../offchain/vm/assembler.ts";
import type { Case } from "../../offchain/vm/start.ts";
import { decodeState, encodeState, type MachineState } from "../../offchain/vm/state.ts";
import type { Trace } from "../../offchain/vm/trace.ts";

/** Ends after this many steps, at least 4, with the verdict. */
export function programOf(steps: number, verdict: number): Uint8Array {
  return assemble([...Array<string>(steps - 3).fill("addi t0, t0, 1"), ...endingWith(verdict)].join("\n"));
}

/** The same after a loop of four steps, with a load and a store in it, that is run so often. */
export function loopOf(times: number, verdict: number): Uint8Array {
  const loop = ["loop:", "lw t1, 0(s0)", "sw t1, 4(s0)", "addi t0, t0, -1", "bne t0, zero, loop"];
  return assemble([`li t0, ${times}`, "li s0, 0x02000000", ...loop, ...endingWith(verdict)].join("\n"));
}

const endingWith = (verdict: number): string[] => ["li a7, 93", `li a0, ${verdict}`, "ecall"];

/** What is judged when nobody cares what. */
export function caseOf(program: Uint8Array): Case {
  const text = (word: string) => new TextEncoder().encode(word);
  return { program, parameters: text("parameters"), source: text("source"), output: text("output"), outputIndex: 0 };
}

/** How the run really ends. */
export function endOf(trace: Trace): Uint8Array {
  return encodeState(trace.witnessAt(2n ** 62n).state);
}

/** The state as it would be if the program had said this. */
export function endWith(
  state: Uint8Array,
  changes: Partial<Pick<MachineState, "verdict" | "status" | "step">>,
): Uint8Array {
  return encodeState({ ...decodeState(state), ...changes });
}

/** What a challenger hands in that says of the run what `run` says, and that it ends in `finalState`. */
export async function saidBy(run: Run, finalState: Uint8Array, arity = ARITY): Promise<{ said: string; list: List }> {
  const depth = depthOf(decodeState(finalState).step, arity);
  const { hashes } = await firstList(run, depth, arity);
  const said = concat([finalState, ...hashes.slice(1, -1)]);
  return { said, list: { hashes: [...hashes.slice(0, -1), keccak256(finalState)], from: 0n, level: depth } };
}

/** Says of every state from `from` on what is not so; the last one is `end`, if that is given. */
export function lieFrom(run: Run, from: bigint, end?: { readonly hash: string; readonly step: bigint }): Run {
  return {
    hashesAt: async (steps) => {
      const truth = await run.hashesAt(steps);
      return steps.map((step, i) => {
        if (end !== undefined && step >= end.step) return end.hash;
        return step < from ? truth[i]! : id(`lie ${step}`);
      });
    },
    witnessAt: (step) => run.witnessAt(step),
  };
}

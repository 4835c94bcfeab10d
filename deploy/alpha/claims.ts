// Claims of the alpha that are more than one transaction takes.
import type { Provider } from "ethers";
import { readInterface } from "../artifacts.ts";
import type { Sender } from "../sender.ts";
import { ask } from "./network.ts";
import type { AlphaNetwork } from "./network.ts";

/** {gas} Of a transaction, by EIP-7825. */
const MOST_GAS = 2n ** 24n;

type Call = { readonly to: string; readonly data: string };

/** What the chain would take for a call by `from`; it throws where it is refused for any reason, its size too. */
async function requireFits(provider: Provider, from: string, { to, data }: Call): Promise<void> {
  const gas = await provider.estimateGas({ from, to, data });
  if (gas > MOST_GAS) throw new RangeError(`it takes ${gas} gas, and a transaction has ${MOST_GAS}`);
}

/** Whether the chain would take it as one. If it refuses for another reason, whoever divides it is told that of a part. */
export async function fits(provider: Provider, from: string, call: Call): Promise<boolean> {
  return requireFits(provider, from, call).then(
    () => true,
    () => false,
  );
}

/** The last round of the alpha; there is nothing to claim of later ones. @throws if the alpha is not Streamflow yet */
export const lastRoundOf = (provider: Provider, { bondingManager }: AlphaNetwork): Promise<bigint> =>
  ask(provider, "AlphaViews", bondingManager, "alphaLastRound");

/**
 * Claims for an account of the alpha as many of the rounds after `done` as one transaction takes: some 10,000 gas each. Anybody may.
 * @returns {round} through which is claimed
 * @throws what the chain says if it takes not even one
 */
export async function claimNext(sender: Sender, alpha: AlphaNetwork, account: string, done: bigint): Promise<bigint> {
  const last = await lastRoundOf(sender.provider, alpha);
  const claim = (through: bigint): Call => ({
    to: alpha.bondingManager,
    data: readInterface("AlphaBonding").encodeFunctionData("claimAlpha", [account, through]),
  });
  const takes = (through: bigint): Promise<boolean> => fits(sender.provider, sender.address, claim(through));
  let through = last;
  if (!(await takes(last))) {
    // The last that fits is not before `through`, and before `above`.
    let above = last;
    through = done;
    while (above - through > 1n) {
      const middle = (through + above) / 2n;
      if (await takes(middle)) through = middle;
      else above = middle;
    }
    if (through === done) await requireFits(sender.provider, sender.address, claim(done + 1n));
  }
  const { to, data } = claim(through);
  await sender.send(`Claim for ${account} through round ${through}, of ${last}`, to, data);
  return through;
}

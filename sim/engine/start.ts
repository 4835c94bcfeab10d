import type { Member, Population } from "../actors/population.ts";
import type { Random } from "./random.ts";
import type { Start } from "./scenario.ts";
import type { World } from "./world.ts";

/** Everybody takes the place that a start gives them. */
export function takePlaces(
  world: World,
  { orchestrators, delegators, holders }: Population,
  start: Start,
  random: Random,
): void {
  const { supply } = world.staking.emission;
  for (const { name, amount } of [...orchestrators, ...delegators, ...holders]) world.join(name, amount);
  world.liquid.add("nobody", supply - world.liquid.total);

  let place = 0;
  const behind = () => orchestrators[start.delegation === "one" ? 0 : place++ % orchestrators.length]!.name;
  const bond = ({ name, amount }: Member, orchestrator: string) => world.wallet(name).bond(amount, orchestrator);
  for (const orchestrator of orchestrators) {
    world.register(orchestrator.name, orchestrator.commission, orchestrator.amount);
  }
  for (const delegator of delegators) bond(delegator, behind());

  const missing = () => fractionOf(supply, start.staked ?? 0) - (supply - world.liquid.total);
  for (const holder of random.shuffle(holders)) {
    if (missing() >= holder.amount / 2n) bond(holder, behind());
  }
}

function fractionOf(amount: bigint, fraction: number): bigint {
  return (amount * BigInt(Math.round(fraction * 1e6))) / 1_000_000n;
}

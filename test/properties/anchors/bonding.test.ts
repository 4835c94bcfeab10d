import { createStage } from "../bonding/stage.ts";
import type { Stage } from "../bonding/stage.ts";
import type { Act, Step } from "../bonding/steps.ts";
import { World } from "../bonding/world.ts";

const ONE = 10n ** 18n;

const PARAMETERS = {
  unbondingPeriod: 3n,
  commissionNotice: 3n,
  challengeWindow: 10_800n,
  jailPeriod: 7n,
  faultAllowance: 0n,
  faultPeriod: 30n,
};

/** Which rounds to look back at in the end, counted from the first. */
const PAST = Array.from({ length: 16 }, (_, i) => i + 6);

const now = (act: Act): Step => ({ wait: { to: "second", seconds: 1n }, act });
const later = (rounds: bigint, act: Act): Step => ({ wait: { to: "round", rounds, offset: 0n }, act });

/** What random sequences once found, each as short as it got. Three orchestrators with 6,000 LPT and 3,000 LPT of a delegator come before. */
describe("BondingManager against its model: sequences that once failed", () => {
  let stage: Stage;

  before(async function () {
    stage = await createStage();
  });

  const run = async (...steps: readonly Step[]): Promise<void> => (await World.open(stage)).run(steps, PAST);

  it("shares fees as registered behind an orchestrator that never was active", async function () {
    await run(
      now({ do: "setParameters", minimumStake: 65_000n * ONE, selfStake: 100n, ...PARAMETERS }),
      now({ do: "reward", of: 2 }),
      later(2n, { do: "earn", by: 2, amount: 294n, ago: 0n }),
      later(3n, { do: "pullFees", of: 2, most: 100n }),
      now({ do: "withdrawFees", by: 6, to: 6, ago: null }),
    );
  });

  it("says that an orchestrator without stake of its own stands behind itself", async function () {
    await run(later(1n, { do: "unbond", by: 1, part: 1_000n }), later(2n, { do: "reward", of: 0 }));
  });

  it("answers for the votes of an idle pool as it does once somebody has acted on it", async function () {
    // Odd amounts, so that what is rounded twice differs from what is rounded once.
    const amount = 30_584_784_869_456_541_632_429n;
    const bond = now({ do: "bond", by: 7, amount, behind: 0, loyal: false });
    const touch = later(4n, { do: "reward", of: 0 });
    await run(bond, touch, ...Array.from({ length: 12 }, () => later(1n, { do: "reward", of: 1 })));
  });
});

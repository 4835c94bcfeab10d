import { setParameters, upgrade } from "./calls.ts";
import { expectLogic, expectParameter, logicOf } from "./checks.ts";
import type { Migration } from "./migration.ts";

/** {gwei/gas} */
const GAS_PRICE_CAP = 100;

export const migration: Migration<"disputeGame"> = {
  lip: 6,
  title: "Pay for the moves of a dispute when blocks are full",
  text: `A move of a dispute is refunded at the base fee, up to a cap. Above the cap whoever is right pays for being right, and a side that has less to lose can wait for such blocks.

The cap goes from 50 to ${GAS_PRICE_CAP} gwei. Bonds grow with it; challenges that are open keep the terms with which they were opened. The contract that plays disputes is put onto the logic of this release.`,
  changes: ["disputes.gasPriceCap", "DisputeGame logic", "Machine logic"],

  async prepare(step) {
    return { disputeGame: await step.logic("DisputeGame") };
  },

  async enact(context, { disputeGame }) {
    return [
      upgrade(context, "DisputeGame", disputeGame, "Puts disputes onto the logic of this release."),
      await setParameters(
        context,
        "disputes",
        { gasPriceCap: GAS_PRICE_CAP },
        `Refunds moves of disputes at up to ${GAS_PRICE_CAP} gwei for a unit of gas.`,
      ),
    ];
  },

  async enacted(context, { disputeGame }) {
    const { gasPriceCap } = await context.at("DisputeGame").parameters();
    return gasPriceCap === BigInt(GAS_PRICE_CAP) && (await logicOf(context, "DisputeGame")) === disputeGame;
  },

  async verify(context, { disputeGame }) {
    return [
      ...(await expectLogic(context, "DisputeGame", disputeGame)),
      ...(await expectParameter(context, "disputes.gasPriceCap", GAS_PRICE_CAP)),
    ];
  },
};

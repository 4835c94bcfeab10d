import { MaxUint256, parseEther, Signature } from "ethers";
import type { Wallet } from "ethers";
import { commitmentTo, payerWord, termsWord, TICKET_FIELDS } from "../../../sim/model/ticket.ts";
import type { Scenario } from "../interface.ts";
import { requireEqual, requireThat } from "../world.ts";
import type { World } from "../world.ts";
import { ONE, setStage } from "./stage.ts";

/** {wei ETH} */
const FACE_VALUE = parseEther("1");
/** {wei ETH} Most that rounding may leave with the contracts. */
const DUST = 1_000_000n;

export const tickets: Scenario = {
  name: "tickets pay the orchestrator and its delegator",
  async run(world, step) {
    const { orchestrator, delegator } = await setStage(world, step);
    const broadcaster = await world.account();
    const [broker, bonding] = [world.at("TicketBroker"), world.at("BondingManager")];
    const own = world.at("TicketBroker", broadcaster);

    await step("a broadcaster funds its deposit", async () => {
      await world.mined(own.fund(broadcaster, 0n, { value: 2n * FACE_VALUE }));
      requireEqual("its deposit {wei ETH}", (await broker.getSender(broadcaster)).deposit, 2n * FACE_VALUE);
    });

    await step("the orchestrator redeems a winning ticket", async () => {
      await world.mined(
        world.at("TicketBroker", orchestrator).redeem(...(await sign(world, broadcaster, orchestrator))),
      );
      requireEqual("the deposit {wei ETH}", (await broker.getSender(broadcaster)).deposit, FACE_VALUE);
    });

    await step("fees reach the orchestrator and the delegator, and are all of the ticket", async () => {
      const round = (await world.round()) + (await broker.parameters()).ticketValidity + 2n;
      await world.toRound(round);
      await world.mined(world.at("BondingManager", broadcaster).pullFees(orchestrator, MaxUint256));
      let sum = 0n;
      for (const [who, account] of [
        ["orchestrator", orchestrator],
        ["delegator", delegator],
      ] as const) {
        const contract = world.at("BondingManager", account);
        const amount = await contract.withdrawFees.staticCall(account.address, round);
        requireThat(amount > 0n, `the ${who} gets nothing`);
        await world.mined(contract.withdrawFees(account.address, round));
        requireEqual(`what is left for the ${who} {wei ETH}`, await bonding.claimableFees(account), 0n);
        sum += amount;
      }
      requireThat(sum <= FACE_VALUE && FACE_VALUE - sum <= DUST, `${sum} wei of ${FACE_VALUE} were paid`);
    });

    await step("the broadcaster unlocks, waits, and withdraws the rest", async () => {
      await world.mined(own.unlock());
      await world.passRounds((await broker.parameters()).unlockPeriod + 1n);
      const before = await world.provider.getBalance(broker);
      await world.mined(own.withdraw());
      requireEqual("what left the broker {wei ETH}", before - (await world.provider.getBalance(broker)), FACE_VALUE);
    });
  },
};

/** A ticket that wins, of this round. */
async function sign(
  world: World,
  sender: Wallet,
  { address: recipient }: Wallet,
): Promise<[payer: string, terms: string, recipientRand: bigint, r: string, vs: string]> {
  const recipientRand = 42n;
  const ticket = {
    recipient,
    sender: sender.address,
    faceValue: FACE_VALUE,
    winProb: ONE,
    salt: 7n,
    commitment: commitmentTo(recipientRand),
    commitmentIndex: 0n,
    creationRound: await world.round(),
  };
  const { chainId, contracts } = world.deployment;
  const domain = {
    name: "Streamflow TicketBroker",
    version: "1",
    chainId,
    verifyingContract: contracts.TicketBroker.proxy,
  };
  const { r, yParityAndS } = Signature.from(await sender.signTypedData(domain, TICKET_FIELDS, ticket));
  return [payerWord(ticket), termsWord(ticket), recipientRand, r, yParityAndS];
}

import { parseEther } from "ethers";
import type { Scene } from "./scene.ts";

/** {gas} By operation. */
type Gas = Record<string, number>;

/** {round} Of the default parameters. */
const UNLOCK_PERIOD = 4;
/** {1} Commitments of a round that lie in the word of its fees; a batch of a hundred after a few others fits. */
const BATCHES = { batch10: 10, batch100: 100 } as const;

/** The next round, in which somebody else has redeemed a ticket already. */
async function begin(scene: Scene): Promise<void> {
  const { chain, cast } = scene;
  chain.round++;
  await chain.mine([await scene.redeem({ recipient: cast.other })]);
}

/** The same, and the node has redeemed one of the broadcaster's tickets, too. */
async function beginWarm(scene: Scene): Promise<void> {
  await begin(scene);
  await scene.chain.mine([await scene.redeem({ index: 0 })]);
}

async function single(scene: Scene): Promise<Gas> {
  const { chain, cast } = scene;
  const { hotKey, patron, stranger } = cast;
  await begin(scene);
  const firstOfRound = await chain.gasOf(await scene.redeem({ index: 0 }));
  const ticket = await scene.redeem({ index: 1 });
  const warm = await chain.gasOf(ticket);
  await chain.mine([await scene.redeem({ index: 2, key: hotKey })]);
  return {
    "redeem.firstOfRound": firstOfRound,
    "redeem.warm": warm,
    "redeem.hotKey": await chain.gasOf(await scene.redeem({ index: 3, key: hotKey })),
    "redeem.allocation": await chain.gasOf(await scene.redeem({ index: 4, sender: patron })),
    "redeem.cold": await chain.gasOf(await scene.redeem({ recipient: stranger })),
    "calldata.single": bytesOf(ticket.data),
  };
}

async function newRound(scene: Scene): Promise<Gas> {
  scene.chain.round++;
  return { "redeem.newRound": await scene.chain.gasOf(await scene.redeem()) };
}

async function batches(scene: Scene): Promise<Gas> {
  const { chain } = scene;
  await beginWarm(scene);
  const gas: Gas = {};
  for (const [name, count] of Object.entries(BATCHES)) {
    const used = await chain.aside(async () => chain.gasOf(await scene.redeemBatch(count, 1)));
    gas[`redeem.${name}.perTicket`] = Math.ceil(used / count);
  }
  const { data } = await scene.redeemBatch(10, 1);
  return { ...gas, "calldata.batchItem": Math.ceil(bytesOf(data) / 10) };
}

async function funds(scene: Scene): Promise<Gas> {
  const { chain, cast } = scene;
  const { newcomer } = cast;
  await begin(scene);
  const fund = { ...scene.broker(newcomer, "fund", newcomer, parseEther("1")), value: parseEther("3") };
  const first = await chain.gasOf(fund);
  const topUp = await chain.gasOf(fund);
  const unlock = await chain.gasOf(scene.broker(newcomer, "unlock"));
  for (let gone = 0; gone < UNLOCK_PERIOD; gone++) await begin(scene);
  const withdraw = await chain.gasOf(scene.broker(newcomer, "withdraw"));
  return { "fund.first": first, "fund.topUp": topUp, unlock, withdraw };
}

export const ticketGroups = [single, newRound, batches, funds];

const bytesOf = (data: string): number => data.length / 2 - 1;

import { hexlify, id, MaxUint256, randomBytes } from "ethers";
import type { Wallet } from "ethers";
import type { Scenario } from "../interface.ts";
import { requireEqual, requireThat } from "../world.ts";
import type { World } from "../world.ts";
import { setStage } from "./stage.ts";

const URI = "https://127.0.0.1:8935";
/** A cell of H3, of the lowest resolution. */
const REGION = 0x8001fffffffffffn;
/** Most that a page has. */
const PAGE = 1n;

/** Has a new account define a service with a name of its own. */
export async function defineService(world: World): Promise<{ readonly definer: Wallet; readonly service: string }> {
  const { serviceDeposit } = await world.at("ServiceRegistry").parameters();
  const definer = await world.account(serviceDeposit);
  await world.mined(world.at("LivepeerToken", definer).approve(world.at("ServiceRegistry"), MaxUint256));
  const name = `scenario ${hexlify(randomBytes(8))}`;
  await world.mined(world.at("ServiceRegistry", definer).defineService(name, ""));
  return { definer, service: id(name) };
}

export const registry: Scenario = {
  name: "an orchestrator is found in the registry while it is active",
  async run(world, step) {
    const { orchestrator } = await setStage(world, step);
    const offers = world.at("ServiceRegistry");
    const own = world.at("ServiceRegistry", orchestrator);
    const { definer, service } = await step("anyone defines a service", async () => {
      const defined = await defineService(world);
      requireThat((await offers.serviceOf(defined.service)).definer === defined.definer.address, "it is not its own");
      return defined;
    });

    await step("the orchestrator announces where it is, and what it offers", async () => {
      await world.mined(own.setServiceURI(URI));
      await world.mined(own.setRegions([REGION]));
      await world.mined(own.setServices([service]));
      requireEqual("offers of the service", await offers.offerCount(service, REGION), 1n);
      const [listings] = await offers.list(service, REGION, 0n, 0n, PAGE);
      const [listing] = listings;
      requireThat(listing?.orchestrator === orchestrator.address && listing.uri === URI, "it is not in the list");
      requireThat((listing?.stake ?? 0n) > 0n, "the list shows no stake");
    });

    await step("who has resigned leaves the list", async () => {
      await world.mined(world.at("BondingManager", orchestrator).resign());
      await world.passRounds(1n);
      await world.mined(world.at("ServiceRegistry", definer).refresh(orchestrator));
      requireEqual("offers of the service", await offers.offerCount(service, REGION), 0n);
    });

    await step("the service is withdrawn, and its deposit returned", async () => {
      const { deposit } = await offers.serviceOf(service);
      await world.mined(world.at("ServiceRegistry", definer).withdrawService(service));
      requireEqual("its definer's balance {wei LPT}", await world.at("LivepeerToken").balanceOf(definer), deposit);
    });
  },
};

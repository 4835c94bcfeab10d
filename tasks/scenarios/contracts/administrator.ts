import { readInterface } from "../../../deploy/artifacts.ts";
import { CONTRACT_NAMES } from "../../../deploy/contracts.ts";
import { sendAs } from "../../../deploy/governance/obedient.ts";
import { addressInSlot } from "../../../deploy/relations.ts";
import { IMPLEMENTATION_SLOT } from "../../../deploy/slots.ts";
import type { Scenario } from "../interface.ts";
import { requireEqual, requireThat } from "../world.ts";
import type { World } from "../world.ts";

/** {wei} */
const AMOUNT = 12_345n;

export const administrator: Scenario = {
  name: "the administrator pays from the treasury, and upgrades every contract",
  async run(world, step) {
    const [treasury, token] = [world.at("Treasury"), world.at("LivepeerToken")];
    const payee = await world.account();
    const giver = await world.account();

    await step("the treasury takes ETH and LPT", async () => {
      const held = await world.provider.getBalance(treasury);
      await giver.sendTransaction({ to: treasury, value: AMOUNT });
      requireEqual("what it has {wei ETH}", await world.provider.getBalance(treasury), held + AMOUNT);
      await world.mint(await treasury.getAddress(), 2n * AMOUNT);
    });

    await step("the treasury pays ETH and LPT, and burns LPT", async () => {
      const abi = treasury.interface;
      const before = await world.provider.getBalance(payee);
      await world.administer(treasury, abi.encodeFunctionData("transferETH", [payee.address, AMOUNT]));
      requireEqual("what was paid {wei ETH}", (await world.provider.getBalance(payee)) - before, AMOUNT);
      const lpt = await token.getAddress();
      await world.administer(treasury, abi.encodeFunctionData("transferToken", [lpt, payee.address, AMOUNT]));
      requireEqual("what was paid {wei LPT}", await token.balanceOf(payee), AMOUNT);
      const supply = await token.totalSupply();
      await world.administer(treasury, abi.encodeFunctionData("burn", [AMOUNT]));
      requireEqual("what was burned {wei LPT}", supply - (await token.totalSupply()), AMOUNT);
    });

    await step("nobody else can", async () => {
      const data = treasury.interface.encodeFunctionData("transferETH", [payee.address, 0n]);
      const refused = await sendAs(world.provider, payee.address, await treasury.getAddress(), data).catch(() => null);
      requireThat(refused === null, "a stranger was paid");
    });

    for (const name of CONTRACT_NAMES)
      await step(`${name} can be upgraded again`, async () => {
        const { target, data } = await upgradeToItself(world, name);
        await world.administer(target, data);
      });
  },
};

/** An upgrade that changes nothing. */
export async function upgradeToItself(
  world: World,
  name: (typeof CONTRACT_NAMES)[number],
): Promise<{ readonly target: string; readonly data: string }> {
  const { proxy, proxyAdmin: target } = world.deployment.contracts[name];
  const logic = addressInSlot(await world.provider.getStorage(proxy, IMPLEMENTATION_SLOT));
  const data = readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [proxy, logic, "0x"]);
  return { target, data };
}

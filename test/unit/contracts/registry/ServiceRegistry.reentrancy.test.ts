import { expect } from "chai";
import { id, parseEther } from "ethers";
import type { ServiceRegistry } from "../../../../types/index.ts";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const DEPOSIT = parseEther("100");
const REFUSED = id("ReentrancyGuardReentrantCall()").slice(0, 10);

describe("ServiceRegistry with a token that calls back", function () {
  let p: Protocol;
  let registry: ServiceRegistry;
  let token: Awaited<ReturnType<typeof deployToken>>;
  let at: string;

  const deployToken = () => p.ethers.deployContract("ReentrantTokenMockForServiceRegistry");
  const call = (method: "defineService" | "withdrawService", ...args: unknown[]) =>
    registry.interface.encodeFunctionData(method as "defineService", args as [string, string]);

  beforeEach(async function () {
    p = await loadProtocol();
    token = await deployToken();
    const logic = await p.ethers.deployContract("ServiceRegistry", [token, p.rounds, p.bonding]);
    const initializer = logic.interface.encodeFunctionData("initialize", [
      p.accessManager.target,
      { serviceDeposit: DEPOSIT },
    ]);
    const proxy = await p.ethers.deployContract("TransparentUpgradeableProxy", [logic, p.deployer, initializer]);
    at = await proxy.getAddress();
    registry = logic.attach(at) as unknown as ServiceRegistry;
  });

  it("R4: does not pay a deposit out before it has come in", async function () {
    await token.run(at, call("defineService", "x", ""), call("withdrawService", id("x")));
    expect(await token.lastRevert()).to.equal(REFUSED);
    expect([await token.takenIn(), await token.paidOut()]).to.deep.equal([DEPOSIT, 0n]);
    expect((await registry.serviceOf(id("x"))).deposit).to.equal(DEPOSIT);
  });

  it("R4: pays a deposit out once", async function () {
    await token.run(at, call("defineService", "x", ""), "0x");
    await token.run(at, call("withdrawService", id("x")), call("withdrawService", id("x")));
    expect(await token.lastRevert()).to.equal(REFUSED);
    expect([await token.takenIn(), await token.paidOut()]).to.deep.equal([DEPOSIT, DEPOSIT]);
  });
});

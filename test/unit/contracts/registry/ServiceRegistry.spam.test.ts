import { expect } from "chai";
import { getAddress, parseEther, toBeHex } from "ethers";
import { loadProtocol, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { ALL_REGIONS, CELL, CPU, NO_REGION, offerAs } from "../../../fixtures/registry.ts";

const SPAMMERS = 200;

describe("ServiceRegistry under spam", function () {
  this.timeout(120_000);
  let p: Protocol;
  let registry: Protocol["registry"];

  const regions = [ALL_REGIONS, NO_REGION, CELL];
  const counts = () => Promise.all(regions.map((region) => registry.offerCount(CPU, region)));
  const pages = () => Promise.all(regions.map((region) => registry.list(CPU, region, 0, 0, 1)));
  const gas = () => Promise.all(regions.map((region) => registry.list.estimateGas(CPU, region, 0, 0, 100)));
  const account = async (number: number) => {
    const address = getAddress(toBeHex((0x5ba3n << 144n) | BigInt(number + 1), 20));
    await p.networkHelpers.impersonateAccount(address);
    await p.networkHelpers.setBalance(address, parseEther("10"));
    return p.ethers.getSigner(address);
  };

  beforeEach(async function () {
    p = await loadProtocol();
    registry = p.registry;
    await offerAs(p, p.orchestrator, { uri: "https://honest" });
    await offerAs(p, p.others[0]!, { uri: "https://honest.too", regions: [CELL] });
  });

  it("R1: keeps its pages as short and as cheap with 200 orchestrators that have no stake", async function () {
    const before = [await counts(), await pages(), await gas()];
    for (let i = 0; i < SPAMMERS; i += 1) {
      const spammer = await account(i);
      await registerAs(p, spammer, { selfStake: 0n });
      const writing = registry.connect(spammer);
      await writing.setServiceURI("https://spam");
      if (i % 2 === 0) await writing.setRegions([CELL]);
      await writing.setServices([CPU]);
      await registry.refresh(spammer); // whoever calls it
    }
    expect([await counts(), await pages(), await gas()]).to.deep.equal(before);
  });

  it("R1: gets rid of whoever took the stake away again: anybody can, in any order", async function () {
    const before = [await counts(), await pages()];
    const spammers = p.others.slice(1, 9);
    for (const spammer of spammers) {
      await offerAs(p, spammer, { uri: "https://spam" });
      await p.bonding.connect(spammer).unbond(1);
    }
    expect(await registry.offerCount(CPU, ALL_REGIONS)).to.equal(10);
    const { page } = await registry.list(CPU, ALL_REGIONS, 0, 0, 100);
    expect(page.map(({ uri }) => uri)).to.deep.equal(["https://honest.too", "https://honest"]);
    for (const spammer of [...spammers.slice(3), ...spammers.slice(0, 3)])
      await registry.connect(p.stranger).refresh(spammer);
    expect([await counts(), await pages()]).to.deep.equal(before);
  });
});

import { expect } from "chai";
import { getAddress, parseEther, toBeHex } from "ethers";
import { loadProtocol, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { ALL_REGIONS, CELL, CPU, NO_REGION, offerAll } from "../../../fixtures/registry.ts";

const SPAMMERS = 200;

describe("ServiceRegistry under spam", () => {
  let p: Protocol;
  let registry: Protocol["registry"];

  const regions = [ALL_REGIONS, NO_REGION, CELL];
  const counts = () => Promise.all(regions.map((region) => registry.offerCount(CPU, region)));
  /** Who is on the first page; their stake grows meanwhile. */
  const pages = async () => {
    const found = await Promise.all(regions.map((region) => registry.list(CPU, region, 0, 0, 1)));
    return found.map(({ page, nextCursor }) => [page.map(({ uri }) => uri), nextCursor]);
  };
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
    await offerAll(p, [p.orchestrator, p.others[0]!], (i) =>
      i === 0 ? { uri: "https://honest" } : { uri: "https://honest.too", regions: [CELL] },
    );
    await p.bonding.reward(p.orchestrator); // so that the first look of the round, which costs more, is over
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
    await offerAll(p, spammers, () => ({ uri: "https://spam" }));
    for (const spammer of spammers) await p.bonding.connect(spammer).unbond(parseEther("5000"));
    expect(await registry.offerCount(CPU, ALL_REGIONS)).to.equal(10);
    const { page } = await registry.list(CPU, ALL_REGIONS, 0, 0, 100);
    expect(page.map(({ uri }) => uri)).to.deep.equal(["https://honest.too", "https://honest"]);
    for (const spammer of [...spammers.slice(3), ...spammers.slice(0, 3)])
      await registry.connect(p.stranger).refresh(spammer);
    expect([await counts(), await pages()]).to.deep.equal(before);
  });
});

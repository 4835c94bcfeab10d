import { expect } from "chai";
import { parseEther } from "ethers";
import { listOrchestrators } from "../../../offchain/discovery/registry.ts";
import { regionsNear } from "../../../offchain/discovery/regions.ts";
import { loadProtocol } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { CELL, CPU, offerAll, PARENT } from "../../fixtures/registry.ts";

describe("listOrchestrators", function () {
  let p: Protocol;

  const find = async (minimumStake = 0n, regions?: bigint[]) =>
    (await listOrchestrators(p.registry, CPU, minimumStake, regions)).map(({ url }) => url.host);

  beforeEach(async function () {
    p = await loadProtocol();
    const offers = [
      { uri: "https://anywhere" },
      { uri: "https://cell", regions: [CELL] },
      { uri: "https://both", regions: [PARENT, CELL], selfStake: parseEther("6000") },
      { uri: "https://other", regions: [CELL + 1n] },
      { uri: "file:///etc/passwd" },
    ];
    await offerAll(p, p.others.slice(0, offers.length), (i) => offers[i]!);
  });

  it("gives all that can be called, with their stake and regions", async function () {
    expect(await find()).to.deep.equal(["other", "both", "cell", "anywhere"]);
    const [listing] = await listOrchestrators(p.registry, CPU, parseEther("6000"));
    expect(listing).to.deep.equal({
      orchestrator: p.others[2]!.address,
      url: new URL("https://both"),
      stake: parseEther("6000"),
      regions: [PARENT, CELL],
    });
  });

  it("gives those near a cell, each once", async function () {
    expect(await find(0n, regionsNear(CELL))).to.have.members(["both", "cell", "anywhere"]);
    expect(await find(0n, regionsNear(PARENT))).to.have.members(["both", "anywhere"]);
    expect(await find(parseEther("6000"), regionsNear(CELL))).to.deep.equal(["both"]);
  });
});

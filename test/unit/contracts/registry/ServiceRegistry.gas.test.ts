import { readFileSync } from "node:fs";
import { expect } from "chai";
import { id, parseEther } from "ethers";
import type { ContractTransactionResponse } from "ethers";
import { loadProtocol, passRounds, registerAs } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";
import { ALL_REGIONS, ascending, cells, CPU, defineAs, offerAll } from "../../../fixtures/registry.ts";

/** What LIP-3 says that an action costs, and how far the truth may be from it. */
const TABLE = new URL("../../../../LIPS/LIP-3.md", import.meta.url);
const TOLERANCE = 0.03;

describe("ServiceRegistry's gas", () => {
  const measured = new Map<string, number>();

  let p: Protocol;
  let registry: Protocol["registry"];
  let services: string[];

  const gasOf = async (sending: Promise<ContractTransactionResponse>) =>
    Number((await (await sending).wait())!.gasUsed);
  const note = (name: string, gas: number) => void measured.set(name, Math.round(gas));

  beforeEach(async function () {
    p = await loadProtocol();
    services = [];
    for (let i = 0; i < 16; i += 1) services.push(await defineAs(p, p.stranger, `service ${i}`));
    services = ascending(services);
    await registerAs(p, p.orchestrator);
    await passRounds(p, 1n);
    registry = p.registry.connect(p.orchestrator);
  });

  it("is at most 130,000 for a first URI of 37 bytes, through the proxy", async function () {
    const first = await gasOf(registry.setServiceURI("https://orchestrator.example.org:8935"));
    expect("https://orchestrator.example.org:8935").to.have.length(37);
    expect(first).to.be.at.most(130_000);
    note("`setServiceURI`, first, 37 bytes", first);
    note(
      "`setServiceURI`, another of 37 bytes",
      await gasOf(registry.setServiceURI("https://orchestrator.example.org:8936")),
    );
  });

  it("grows by so much with each service and with each region", async function () {
    // Lists that others are in already, as they usually are.
    const offers = [
      { services, regions: cells(4) },
      { services },
      { services: services.slice(0, 2), regions: cells(32) },
    ];
    await offerAll(p, p.others.slice(0, offers.length), (i) => offers[i]!);
    await registry.setServiceURI("https://node");

    const one = await gasOf(registry.setServices(services.slice(0, 1)));
    note("`setServices`, first, one service, no regions", one);
    const none = await gasOf(registry.setServices([]));
    note("`setServices`, none instead of one", none);
    note("each further service without regions", ((await gasOf(registry.setServices(services))) - one) / 15);
    await registry.setServices([]);

    const region = await gasOf(registry.setRegions(cells(1)));
    note("`setRegions`, first, one region, not listed", region);
    note("each further region, not listed", ((await gasOf(registry.setRegions(cells(32)))) - region) / 31);
    const wide = await gasOf(registry.setServices(services.slice(0, 1)));
    await registry.setServices([]);
    await registry.setRegions(cells(1));
    const narrow = await gasOf(registry.setServices(services.slice(0, 1)));
    note("each further region of each listed service", (wide - narrow) / 31);
    note("`setRegions`, listed, another region for one service", await gasOf(registry.setRegions(cells(2).slice(1))));
  });

  it("is bounded for the largest offers", async function () {
    await registry.setServiceURI("https://node");
    await registry.setRegions(cells(4));
    note("`setServices`, 16 services in 4 regions, all lists empty", await gasOf(registry.setServices(services)));
    await p.bonding.connect(p.orchestrator).unbond(parseEther("5000"));
    note("`refresh`, drops it", await gasOf(registry.refresh(p.orchestrator)));
    await p.token.connect(p.orchestrator).approve(p.bonding, parseEther("5000"));
    await p.token.transfer(p.orchestrator, parseEther("5000"));
    await p.bonding.connect(p.orchestrator).bond(parseEther("5000"), p.orchestrator);
    note("`refresh`, brings it back", await gasOf(registry.refresh(p.orchestrator)));
    note("`refresh`, nothing to do", await gasOf(registry.refresh(p.orchestrator)));
    const others: string[] = [];
    for (let i = 0; i < 16; i += 1) others.push(await defineAs(p, p.stranger, `other ${i}`));
    const largest = await gasOf(registry.setServices(ascending(others)));
    note("`setServices`, 16 others instead, in 4 regions, all lists empty", largest);
    // A transaction's limit by EIP-7825 is 2^24.
    expect(largest).to.be.below(2 ** 24);
  });

  it("of services and their verification", async function () {
    const { serviceDeposit } = await registry.parameters();
    await p.token.transfer(p.orchestrator, serviceDeposit);
    await p.token.connect(p.orchestrator).approve(registry, serviceDeposit);
    note(
      "`defineService`, 12 bytes and 46 of metadata",
      await gasOf(registry.defineService("Captioning 1", `ipfs://${"Q".repeat(39)}`)),
    );
    note("`withdrawService`", await gasOf(registry.withdrawService(id("Captioning 1"))));
    const module = await p.treasury.getAddress();
    note("`approveVerification`, first", await gasOf(p.registry.approveVerification(CPU, module, id("program"))));
    note("`cancelVerification`", await gasOf(p.registry.cancelVerification(CPU)));
  });

  it("of a page is bounded by what 100 of the largest offers cost", async function () {
    await offerAll(p, p.others.slice(0, 10), (i) => ({ uri: String(i).repeat(256), regions: cells(32) }));
    const page = async (limit: number) => Number(await registry.list.estimateGas(CPU, ALL_REGIONS, 0, 0, limit));
    note("`list`, each entry of the largest kind", ((await page(10)) - (await page(1))) / 9);
  });

  it("is what LIP-3 says", function () {
    const rows = readFileSync(TABLE, "utf8").matchAll(/^\| (.+?) +\| +([\d,]+) +\|$/gm);
    const said = new Map([...rows].map(([, name, gas]) => [name!, Number(gas!.replaceAll(",", ""))]));
    expect([...said.keys()].sort()).to.deep.equal([...measured.keys()].sort());
    for (const [name, gas] of measured) expect(said.get(name), name).to.be.closeTo(gas, Math.round(gas * TOLERANCE));
  });
});

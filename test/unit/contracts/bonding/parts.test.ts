import { expect } from "chai";
import { Interface } from "ethers";
import { readArtifact } from "../../../../deploy/artifacts.ts";
import { loadProtocol } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

const PARTS = ["BondingManager", "BondingFaults", "BondingLedger"] as const;
/** {bytes} */
const LARGEST = 20_000;

function functionsOf(part: (typeof PARTS)[number]): string[] {
  const names: string[] = [];
  new Interface(readArtifact(part).abi).forEachFunction(({ name }) => names.push(name));
  return names;
}

describe("BondingManager's parts", () => {
  let protocol: Protocol;

  beforeEach(async () => {
    protocol = await loadProtocol();
  });

  it("have nothing in common but their immutables, which are the same in all", async () => {
    const all = PARTS.flatMap(functionsOf);
    const shared = [...new Set(all.filter((name, n) => all.indexOf(name) !== n))];
    expect(shared).to.have.members([
      "TOKEN",
      "ROUNDS_MANAGER",
      "MINTER",
      "TICKET_BROKER",
      "SERVICE_REGISTRY",
      "TREASURY",
      "NEXT",
    ]);

    const { bonding, ethers } = protocol;
    const faults = await ethers.getContractAt("BondingFaults", await bonding.getFunction("NEXT")());
    const ledger = await ethers.getContractAt("BondingLedger", await faults.NEXT());
    for (const name of shared.filter((each) => each !== "NEXT")) {
      const ours = (await bonding.getFunction(name)()) as string;
      for (const part of [faults, ledger]) expect(await part.getFunction(name)(), name).to.equal(ours);
    }
  });

  it("are small enough to grow", () => {
    for (const part of PARTS) expect(readArtifact(part).deployedBytecode.length / 2 - 1, part).to.be.at.most(LARGEST);
  });

  it("refuse calls that none of them knows, and ETH", async () => {
    const { bonding, stranger } = protocol;
    const to = await bonding.getAddress();
    const { ethers } = protocol;
    await expect(stranger.sendTransaction({ to, data: "0x12345678" })).to.be.revertedWithoutReason(ethers);
    await expect(stranger.sendTransaction({ to, value: 1n })).to.be.revertedWithoutReason(ethers);
  });

  it("cannot be initialised by anyone on the logic's own storage", async () => {
    const { deployment, ethers, stranger, parameters } = protocol;
    const logic = await ethers.getContractAt("BondingFaults", deployment.contracts.BondingManager.implementation);
    await expect(logic.connect(stranger).initialize(stranger, parameters.bonding)).to.be.revertedWithCustomError(
      logic,
      "InvalidInitialization",
    );
  });
});

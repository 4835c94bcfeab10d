import { expect } from "chai";
import { readInterface } from "../../../../deploy/artifacts.ts";
import { CONTRACT_NAMES, connect } from "../../../../deploy/contracts.ts";
import type { ContractName } from "../../../../deploy/contracts.ts";
import { loadProtocol } from "../../../fixtures/protocol.ts";

describe("initialize", function () {
  const ARGUMENTS: Record<ContractName, (authority: string) => readonly unknown[]> = {
    LivepeerToken: () => [[]],
    RoundsManager: (authority) => [authority, 60, 0, 0],
    BondingManager: (authority) => [authority, [0, 0, 1]],
    ServiceRegistry: (authority) => [authority, [10n ** 18n]],
    TicketBroker: (authority) => [authority, [2, 4, 1]],
    Treasury: (authority) => [authority],
  };

  for (const name of CONTRACT_NAMES) {
    it(`of ${name} is refused a second time, and on the implementation`, async function () {
      const { deployment, stranger } = await loadProtocol();
      const { proxy, implementation } = deployment.contracts[name];
      const contract = connect(name, proxy, stranger);
      const data = readInterface(name).encodeFunctionData("initialize", ARGUMENTS[name](stranger.address));
      for (const to of [proxy, implementation]) {
        await expect(stranger.sendTransaction({ to, data })).to.be.revertedWithCustomError(
          contract,
          "InvalidInitialization",
        );
      }
    });
  }
});

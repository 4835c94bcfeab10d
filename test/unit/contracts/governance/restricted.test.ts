import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import { readInterface } from "../../../../deploy/artifacts.ts";
import { CONTRACT_NAMES, connect } from "../../../../deploy/contracts.ts";
import type { ContractName } from "../../../../deploy/contracts.ts";
import { loadProtocol } from "../../../fixtures/protocol.ts";

/** Every function that governance alone may call, with arguments. */
const RESTRICTED: Record<ContractName, Record<string, readonly unknown[]>> = {
  LivepeerToken: {},
  RoundsManager: { setRoundLength: [100] },
  Minter: { setParameters: [[0, 0, 0, 0]] },
  BondingManager: { pause: [], unpause: [], setParameters: [[0, 0, 1, 1, 600, 1, 0, 1]] },
  ServiceRegistry: {
    approveVerification: [ZeroHash, ZeroAddress, ZeroHash],
    cancelVerification: [ZeroHash],
    pause: [],
    unpause: [],
    setParameters: [[0]],
  },
  TicketBroker: { pause: [], unpause: [], setParameters: [[2, 50, 1]] },
  Treasury: {
    transferToken: ["0x0000000000000000000000000000000000000001", "0x0000000000000000000000000000000000000001", 0],
    transferETH: ["0x0000000000000000000000000000000000000001", 0],
    burn: [0],
  },
  DisputeGame: { pause: [], unpause: [], setParameters: [[600, 60, 1, 0, 1]] },
  ProtocolGovernor: {},
  Polls: {},
};

const VOTING = [
  "cancel",
  "castOverrideVote",
  "castOverrideVoteBySig",
  "castVote",
  "castVoteBySig",
  "castVoteWithReason",
  "castVoteWithReasonAndParams",
  "castVoteWithReasonAndParamsBySig",
  "execute",
  "initialize",
  "onERC1155BatchReceived",
  "onERC1155Received",
  "onERC721Received",
  "queue",
  "relay",
];

/** Every other function that writes: open to users, or guarded by other means that have tests of their own. */
const OPEN: Record<ContractName, readonly string[]> = {
  LivepeerToken: ["approve", "burn", "burnFrom", "initialize", "mint", "permit", "transfer", "transferFrom"],
  RoundsManager: ["initialize", "initializeRound", "setAuthority"],
  Minter: ["advance", "initialize", "setAuthority"],
  BondingManager: [
    "bond",
    "closeDispute",
    "initialize",
    "openDispute",
    "pullFees",
    "rebond",
    "register",
    "resign",
    "reward",
    "setAuthority",
    "setCommission",
    "slash",
    "unbond",
    "unbondCommission",
    "unjail",
    "withdrawFees",
    "withdrawStake",
  ],
  ServiceRegistry: [
    "defineService",
    "initialize",
    "refresh",
    "setAuthority",
    "setRegions",
    "setServiceURI",
    "setServices",
    "withdrawService",
  ],
  TicketBroker: [
    "authorizeSigner",
    "cancelUnlock",
    "claimDefault",
    "forfeitEscrow",
    "fund",
    "fundAllocation",
    "initialize",
    "payFees",
    "pullFees",
    "redeem",
    "redeemBatch",
    "reduceAllocation",
    "releaseAllocation",
    "setAuthority",
    "settleDefault",
    "unlock",
    "withdraw",
  ],
  Treasury: ["initialize", "setAuthority"],
  DisputeGame: [
    "authorizeReceiptKey",
    "challenge",
    "defend",
    "initialize",
    "move",
    "prove",
    "release",
    "setAuthority",
    "settle",
    "timeout",
    "withdraw",
  ],
  // What only its own proposals may call: ProtocolGovernor.settings.test.ts.
  ProtocolGovernor: [
    ...VOTING,
    "propose",
    "setAccessManagerIgnored",
    "setBaseDelaySeconds",
    "setProposalThreshold",
    "setVotingDelay",
    "setVotingPeriod",
    "updateQuorumNumerator",
  ],
  Polls: [...VOTING, "createPoll"],
};

describe("governance", function () {
  for (const name of CONTRACT_NAMES) {
    it(`is asked for exactly these functions of ${name}`, async function () {
      const { deployment, stranger, accessManager } = await loadProtocol();
      const abi = readInterface(name);
      const writing: string[] = [];
      abi.forEachFunction(({ name: method, constant }) => void (constant || writing.push(method)));
      expect(writing.sort()).to.deep.equal([...OPEN[name], ...Object.keys(RESTRICTED[name])].sort());

      const contract = connect(name, deployment.contracts[name].proxy, stranger);
      for (const [method, args] of Object.entries(RESTRICTED[name])) {
        const to = await contract.getAddress();
        const data = abi.encodeFunctionData(method, args);
        await expect(stranger.sendTransaction({ to, data }), method)
          .to.be.revertedWithCustomError(contract, "AccessManagedUnauthorized")
          .withArgs(stranger.address);
      }
      if (OPEN[name].includes("setAuthority")) {
        const to = await contract.getAddress();
        const data = abi.encodeFunctionData("setAuthority", [await accessManager.getAddress()]);
        await expect(stranger.sendTransaction({ to, data })).to.be.revertedWithCustomError(
          contract,
          "AccessManagedUnauthorized",
        );
      }
    });
  }

  it("cannot be handed to what is no contract", async function () {
    const { deployment, stranger, accessManager } = await loadProtocol();
    for (const name of CONTRACT_NAMES.filter((one) => OPEN[one].includes("setAuthority"))) {
      const contract = connect(name, deployment.contracts[name].proxy, stranger);
      for (const authority of [ZeroAddress, stranger.address]) {
        await expect(accessManager.updateAuthority(contract, authority), name)
          .to.be.revertedWithCustomError(contract, "AccessManagedInvalidAuthority")
          .withArgs(authority);
      }
    }
  });

  it("owns every proxy's admin, and a stranger cannot upgrade", async function () {
    const { deployment, stranger, ethers } = await loadProtocol();
    for (const name of CONTRACT_NAMES) {
      const { proxy, proxyAdmin, implementation } = deployment.contracts[name];
      const admin = new ethers.Contract(proxyAdmin, readInterface("ProxyAdmin"), stranger);
      expect(await admin.getFunction("owner").staticCall()).to.equal(deployment.accessManager);
      await expect(admin.getFunction("upgradeAndCall").send(proxy, implementation, "0x")).to.be.revertedWithCustomError(
        admin,
        "OwnableUnauthorizedAccount",
      );
    }
  });
});

import { expect } from "chai";
import { CONTRACT_NAMES, connect } from "../../../../deploy/contracts.ts";
import { GUARDIAN_ROLE, PAUSABLE } from "../../../../deploy/hand-over.ts";
import { readInterface } from "../../../../deploy/artifacts.ts";
import { accept, callOf, decide, loadGoverned, propose } from "../../../fixtures/governance.ts";
import type { Governed } from "../../../fixtures/governance.ts";
import { STAKE } from "../../../fixtures/staking.ts";

describe("The guardian", function () {
  let p: Governed;

  beforeEach(async function () {
    p = await loadGoverned();
  });

  it("G4: pauses and unpauses at once what can be paused", async function () {
    for (const name of PAUSABLE) {
      const contract = connect(name, p.deployment.contracts[name].proxy, p.guardian);
      await contract.pause();
      expect(await contract.paused(), name).to.equal(true);
      await contract.unpause();
      expect(await contract.paused(), name).to.equal(false);
      for (const who of [p.deployer, p.orchestrator, p.stranger])
        await expect(connect(name, p.deployment.contracts[name].proxy, who).pause()).to.be.revertedWithCustomError(
          contract,
          "AccessManagedUnauthorized",
        );
    }
  });

  it("G4: may do nothing else: of all functions that governance has, and of the AccessManager's", async function () {
    const { accessManager, deployment, guardian } = p;
    const allowed: string[] = [];
    for (const name of CONTRACT_NAMES) {
      const { proxy, proxyAdmin } = deployment.contracts[name];
      const selectors: [string, string][] = [];
      readInterface(name).forEachFunction(({ name: method, selector }) => void selectors.push([method, selector]));
      for (const [method, selector] of selectors) {
        const [immediate, delay] = await accessManager.canCall(guardian, proxy, selector);
        if (immediate || delay > 0n) allowed.push(`${name}.${method}`);
      }
      const upgrade = readInterface("ProxyAdmin").getFunction("upgradeAndCall")!.selector;
      expect(await accessManager.canCall(guardian, proxyAdmin, upgrade)).to.deep.equal([false, 0n]);
    }
    expect(allowed.sort()).to.deep.equal(PAUSABLE.flatMap((name) => [`${name}.pause`, `${name}.unpause`]).sort());
    for (const method of [
      "grantRole",
      "revokeRole",
      "setTargetFunctionRole",
      "setTargetClosed",
      "updateAuthority",
      "setRoleGuardian",
      "setRoleAdmin",
      "setGrantDelay",
    ] as const) {
      const { selector } = accessManager.getFunction(method).fragment;
      expect((await accessManager.canCall(guardian, accessManager, selector)).immediate, method).to.equal(false);
    }
    await expect(accessManager.connect(guardian).grantRole(GUARDIAN_ROLE, p.stranger, 0)).to.be.revertedWithCustomError(
      accessManager,
      "AccessManagerUnauthorizedAccount",
    );
  });

  it("G4: with everything paused cannot keep anybody's stake or stop a vote", async function () {
    for (const name of PAUSABLE) await connect(name, p.deployment.contracts[name].proxy, p.guardian).pause();
    await p.bonding.connect(p.delegator).unbond(STAKE / 2n);
    await decide(p, [await callOf(p.accessManager, "revokeRole", [GUARDIAN_ROLE, p.guardian.address])]);
    const { withdrawRound } = await p.bonding.getUnbondingLock(p.delegator, 0);
    await p.networkHelpers.time.increaseTo(await p.rounds.roundStart(withdrawRound));
    await p.bonding.connect(p.delegator).withdrawStake(0);
  });

  it("G4: is replaced by one vote, and its last trick is none: it can make an `unpause` in the proposal fail, not the change of guardian", async function () {
    const next = p.others[3]!;
    await p.broker.connect(p.guardian).pause();
    const replace = [
      await callOf(p.accessManager, "revokeRole", [GUARDIAN_ROLE, p.guardian.address]),
      await callOf(p.accessManager, "grantRole", [GUARDIAN_ROLE, next.address, 0]),
    ];
    const fragile = await propose(p, [...replace, await callOf(p.broker, "unpause", [])]);
    await accept(p, fragile);
    const twin = await p.networkHelpers.takeSnapshot();
    await p.governor.execute(...fragile.hashed);
    expect(await p.broker.paused()).to.equal(false);
    await twin.restore();

    await p.broker.connect(p.guardian).unpause();
    await expect(p.governor.execute(...fragile.hashed)).to.be.revertedWithCustomError(p.broker, "ExpectedPause");
    await p.broker.connect(p.guardian).pause();
    // The calls of the one that fails wait in the AccessManager still: in a week they do not.
    await p.networkHelpers.time.increase(7 * 86_400);
    await decide(p, replace, "guardian alone");
    await expect(p.broker.connect(p.guardian).unpause()).to.be.revertedWithCustomError(
      p.broker,
      "AccessManagedUnauthorized",
    );
    await p.broker.connect(next).unpause();
  });
});

import { expect } from "chai";
import { readInterface } from "../../../../deploy/artifacts.ts";
import { CONTRACT_NAMES, connect } from "../../../../deploy/contracts.ts";
import type { ContractName } from "../../../../deploy/contracts.ts";
import { loadProtocol } from "../../../fixtures/protocol.ts";

describe("initialize", function () {
  const ARGUMENTS: Record<ContractName, (authority: string) => readonly unknown[]> = {
    LivepeerToken: () => [[]],
    RoundsManager: (authority) => [authority, 60, 0, 0],
    Minter: (authority) => [authority, [2n * 10n ** 11n, 0, 0, 0], 0],
    BondingManager: (authority) => [authority, [0, 0, 1, 1, 600, 1, 0, 1]],
    ServiceRegistry: (authority) => [authority, [10n ** 18n]],
    TicketBroker: (authority) => [authority, [2, 4, 1]],
    Treasury: (authority) => [authority],
    DisputeGame: (authority) => [authority, [600, 60, 1, 0, 1]],
    ProtocolGovernor: (authority) => [authority, [0, 1, 10n ** 18n, 5, 86_400]],
    Polls: () => [],
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

  it("of RoundsManager announces the schedule, and refuses a round without length", async function () {
    const { deployment, ethers, rounds, stranger, parameters } = await loadProtocol();
    const [started] = await rounds.queryFilter(rounds.filters.ScheduleStarted());
    const { active } = await rounds.schedule();
    expect([...started!.args]).to.deep.equal([active.startTime, active.startRound, active.roundLength]);
    expect(active.startRound).to.equal(parameters.rounds.startRound);

    const { implementation } = deployment.contracts.RoundsManager;
    const data = readInterface("RoundsManager").encodeFunctionData("initialize", [deployment.accessManager, 0, 0, 0]);
    await expect(ethers.deployContract("TransparentUpgradeableProxy", [implementation, stranger, data]))
      .to.be.revertedWithCustomError(rounds, "RoundsManagerLengthOutOfBounds")
      .withArgs(0, 1, 30 * 86_400);
  });

  it("of Minter settles the first round, in which nothing is at stake, and announces where it starts", async function () {
    const { minter, parameters } = await loadProtocol();
    const { inflation, ...emission } = parameters.minter;
    const [changed] = await minter.queryFilter(minter.filters.ParametersChanged());
    expect([...changed!.args[0]]).to.deep.equal([0n, 0n, 0n, 0n]);
    for (const told of [changed!.args[1], await minter.parameters()]) {
      const { inflationStep, maximumInflation, targetBondingRate, treasuryCut } = told;
      expect({ inflationStep, maximumInflation, targetBondingRate, treasuryCut }).to.deep.equal(emission);
    }

    expect(await minter.inflation()).to.equal(inflation + emission.inflationStep);
    expect(await minter.settledMint()).to.deep.equal([0n, 0n]);
    const [minted] = await minter.queryFilter(minter.filters.Minted());
    expect([...minted!.args]).to.deep.equal([0n, 0n, 0n, inflation + emission.inflationStep]);
  });

  it("of Minter refuses an inflation above 0.2 %, and takes one of 0.2 %", async function () {
    const { deployment, ethers, minter, stranger, parameters } = await loadProtocol();
    const most = 2n * 10n ** 15n;
    const { implementation } = deployment.contracts.Minter;
    const deployWith = (inflation: bigint) => {
      const args = [deployment.accessManager, parameters.minter, inflation];
      const data = readInterface("Minter").encodeFunctionData("initialize", args);
      return ethers.deployContract("TransparentUpgradeableProxy", [implementation, stranger, data]);
    };
    await expect(deployWith(most + 1n))
      .to.be.revertedWithCustomError(minter, "MinterInflationTooHigh")
      .withArgs(most + 1n, most);
    const another = await deployWith(most);
    expect(await connect("Minter", await another.getAddress(), stranger).inflation()).to.equal(most);
  });

  it("of BondingManager begins the present round with nothing at stake, and announces its parameters as a change from nothing", async function () {
    const { bonding, parameters, rounds } = await loadProtocol();
    const [changed] = await bonding.queryFilter(bonding.filters.ParametersChanged());
    expect([...changed!.args[0]]).to.deep.equal(Array(8).fill(0n));
    for (const told of [changed!.args[1], await bonding.parameters()]) {
      expect([...told]).to.deep.equal(Object.values(parameters.bonding).map(BigInt));
    }
    const [begun] = await bonding.queryFilter(bonding.filters.RoundBegun());
    expect([...begun!.args]).to.deep.equal([await rounds.currentRound(), 0n, 0n, 0n]);
    expect(await bonding.totalActiveStake()).to.deep.equal([0n, 0n]);
  });

  it("of BondingManager refuses a round 0, which stands for none", async function () {
    const { bonding, broker, deployment, ethers, minter, parameters, registry, rounds, stranger, token, treasury } =
      await loadProtocol();
    const authority = deployment.accessManager;
    const { startTime, roundLength } = (await rounds.schedule()).active;
    const other = await ethers.deployContract("TransparentUpgradeableProxy", [
      deployment.contracts.RoundsManager.implementation,
      stranger,
      readInterface("RoundsManager").encodeFunctionData("initialize", [authority, roundLength, startTime, 0]),
    ]);
    const logic = await ethers.deployContract("BondingFaults", [
      [token, other, minter, broker, registry, treasury],
      deployment.accessManager,
    ]);
    const data = readInterface("BondingManager").encodeFunctionData("initialize", [authority, parameters.bonding]);
    await expect(ethers.deployContract("TransparentUpgradeableProxy", [logic, stranger, data]))
      .to.be.revertedWithCustomError(bonding, "BondingManagerPeriodOutOfBounds")
      .withArgs(0, 1, 2n ** 32n - 1n);
  });

  it("of BondingManager refuses what is out of bounds, on either side", async function () {
    const { bonding, deployment, ethers, stranger, parameters } = await loadProtocol();
    const { implementation } = deployment.contracts.BondingManager;
    const deployWith = (changes: Partial<typeof parameters.bonding>) => {
      const args = [deployment.accessManager, { ...parameters.bonding, ...changes }];
      const data = readInterface("BondingManager").encodeFunctionData("initialize", args);
      return ethers.deployContract("TransparentUpgradeableProxy", [implementation, stranger, data]);
    };
    for (const [name, least, most] of [
      ["unbondingPeriod", 1, 365],
      ["commissionNotice", 1, 30],
      ["challengeWindow", 600, 86_400],
      ["jailPeriod", 1, 100],
      ["faultAllowance", 0, 3],
      ["faultPeriod", 1, 365],
    ] as const) {
      for (const value of least === 0 ? [most + 1] : [least - 1, most + 1]) {
        await expect(deployWith({ [name]: value }), name)
          .to.be.revertedWithCustomError(bonding, "BondingManagerPeriodOutOfBounds")
          .withArgs(value, least, most);
      }
      for (const value of [least, most]) await deployWith({ [name]: value });
    }
    const most = 10n ** 24n;
    await expect(deployWith({ minimumStake: most + 1n }))
      .to.be.revertedWithCustomError(bonding, "BondingManagerMinimumOutOfBounds")
      .withArgs(most + 1n, most);
    await expect(deployWith({ minimumSelfStake: parameters.bonding.minimumStake + 1n }))
      .to.be.revertedWithCustomError(bonding, "BondingManagerMinimumOutOfBounds")
      .withArgs(parameters.bonding.minimumStake + 1n, parameters.bonding.minimumStake);
  });

  it("S4: of TicketBroker, which comes later, refuses a validity that is not below the notice", async function () {
    const { broker, deployment, ethers, parameters, stranger } = await loadProtocol();
    const { commissionNotice: notice } = parameters.bonding;
    const deployWith = (ticketValidity: number) => {
      const args = [deployment.accessManager, { ticketValidity, unlockPeriod: 50, curingPeriod: 1 }];
      const data = readInterface("TicketBroker").encodeFunctionData("initialize", args);
      const { implementation } = deployment.contracts.TicketBroker;
      return ethers.deployContract("TransparentUpgradeableProxy", [implementation, stranger, data]);
    };
    await expect(deployWith(notice))
      .to.be.revertedWithCustomError(broker, "TicketBrokerValidityNotBelowNotice")
      .withArgs(notice, notice);
    await deployWith(notice - 1);
  });

  it("of TicketBroker announces its parameters as a change from nothing", async function () {
    const { broker } = await loadProtocol();
    const [changed] = await broker.queryFilter(broker.filters.ParametersChanged());
    expect([...changed!.args[0]]).to.deep.equal([0n, 0n, 0n]);
    expect([...changed!.args[1]]).to.deep.equal([...(await broker.parameters())]);
  });
});

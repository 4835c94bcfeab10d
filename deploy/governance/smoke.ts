import { AbiCoder, keccak256, MaxUint256, parseEther, Signature, solidityPacked, toQuantity, Wallet } from "ethers";
import type { ContractTransactionResponse, Provider, HDNodeWallet } from "ethers";
import { TICKET_FIELDS } from "../../sim/model/ticket.ts";
import type { ContractName } from "../contracts.ts";
import { connect } from "../contracts.ts";
import type { Deployment } from "../contracts.ts";

/** A chain that obeys: a development chain, or a copy of another one. */
export interface Obedient {
  readonly provider: Provider & { send(method: string, params: unknown[]): Promise<unknown> };
}

/** An action of real accounts, and what is wrong with what came of it. */
export interface Smoke {
  readonly action: string;
  readonly problem: string | null;
}

const HALF = 5n * 10n ** 17n;
const ONE = 10n ** 18n;

/**
 * Three new accounts use the protocol: register, bond, earn, fund, redeem, take fees, unbond, withdraw. Each amount is compared with what it should be. What fails is told,
 * and what needs it is left out.
 */
export async function smoke({ provider }: Obedient, deployment: Deployment): Promise<Smoke[]> {
  const done: Smoke[] = [];
  const at = <N extends ContractName>(name: N) => connect(name, deployment.contracts[name].proxy, provider);
  const [token, rounds, bonding, broker, minter] = [
    at("LivepeerToken"),
    at("RoundsManager"),
    at("BondingManager"),
    at("TicketBroker"),
    at("Minter"),
  ];
  const [orchestrator, delegator, broadcaster] = [newAccount(provider), newAccount(provider), newAccount(provider)];

  const mined = async (sending: Promise<ContractTransactionResponse>): Promise<void> => {
    const { hash } = await sending;
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt?.status !== 1) throw new Error(`transaction ${hash} was not executed`);
  };
  const toRound = async (round: bigint): Promise<void> => {
    const start = await rounds.roundStart(round);
    const now = (await provider.getBlock("latest"))!.timestamp;
    if (BigInt(now) < start) await provider.send("evm_setNextBlockTimestamp", [Number(start)]);
    await provider.send("evm_mine", []);
  };
  const equal = (what: string, have: bigint, want: bigint): void => {
    if (have !== want) throw new Error(`${what} is ${have}, not ${want}`);
  };
  const step = async (action: string, act: () => Promise<void>): Promise<boolean> => {
    try {
      await act();
      done.push({ action, problem: null });
      return true;
    } catch (error) {
      done.push({ action, problem: (error as Error).message.split("\n")[0]! });
      return false;
    }
  };

  for (const { address } of [orchestrator, delegator, broadcaster])
    await provider.send("hardhat_setBalance", [address, toQuantity(parseEther("100"))]);
  const parameters = await bonding.parameters();
  const least = parameters.minimumStake > ONE ? parameters.minimumStake : ONE;
  const minting = deployment.contracts.Minter.proxy;
  await provider.send("hardhat_impersonateAccount", [minting]);
  await provider.send("hardhat_setBalance", [minting, toQuantity(parseEther("1"))]);
  for (const { address } of [orchestrator, delegator])
    await provider.send("eth_sendTransaction", [
      {
        from: minting,
        to: deployment.contracts.LivepeerToken.proxy,
        data: token.interface.encodeFunctionData("mint", [address, least]),
      },
    ]);
  await provider.send("hardhat_stopImpersonatingAccount", [minting]);

  const staked =
    (await step("an orchestrator registers with its own stake", async () => {
      await mined(token.connect(orchestrator).approve(bonding, MaxUint256));
      await mined(bonding.connect(orchestrator).register(0n, HALF, least));
      equal("its balance {wei LPT}", await token.balanceOf(orchestrator), 0n);
    })) &&
    (await step("a delegator bonds behind it", async () => {
      await mined(token.connect(delegator).approve(bonding, MaxUint256));
      await mined(bonding.connect(delegator).bond(least, orchestrator));
      equal("its balance {wei LPT}", await token.balanceOf(delegator), 0n);
    })) &&
    (await step("both are active when the next rounds begin", async () => {
      for (let i = 0; i < 3; ++i) {
        await toRound((await rounds.currentRound()) + 1n);
        await mined(bonding.connect(orchestrator).reward(orchestrator));
        if ((await bonding.getDelegator(delegator)).stake > 0n) break;
      }
      if (!(await bonding.getOrchestrator(orchestrator)).active) throw new Error("the orchestrator is not active");
      if ((await bonding.getDelegator(delegator)).stake < least)
        throw new Error("the delegator has less stake than it bonded");
    }));
  if (!staked) return done;

  await step("stake earns what the Minter mints", async () => {
    const before = (await bonding.getDelegator(delegator)).stake;
    await toRound((await rounds.currentRound()) + 1n);
    await mined(bonding.connect(broadcaster).reward(orchestrator));
    const after = (await bonding.getDelegator(delegator)).stake;
    if (after < before || (after === before && (await minter.inflation()) > 0n))
      throw new Error(`stake went from ${before} to ${after}`);
  });

  const faceValue = parseEther("1");
  const paid =
    (await step("a broadcaster funds its deposit", async () => {
      await mined(broker.connect(broadcaster).fund(broadcaster, 0n, { value: 2n * faceValue }));
      equal("its deposit {wei ETH}", (await broker.getSender(broadcaster)).deposit, 2n * faceValue);
    })) &&
    (await step("the orchestrator redeems a winning ticket", async () => {
      const ticket = await ticketFor(
        broadcaster,
        orchestrator.address,
        faceValue,
        await rounds.currentRound(),
        deployment,
      );
      await mined(broker.connect(orchestrator).redeem(...ticket));
      equal("the deposit {wei ETH}", (await broker.getSender(broadcaster)).deposit, faceValue);
    }));

  if (paid)
    await step("fees reach the orchestrator and the delegator, and are all of the ticket", async () => {
      const round = (await rounds.currentRound()) + (await broker.parameters()).ticketValidity + 2n;
      await toRound(round);
      await mined(bonding.connect(broadcaster).pullFees(orchestrator, MaxUint256));
      let sum = 0n;
      for (const account of [orchestrator, delegator]) {
        const contract = bonding.connect(account);
        const amount = await contract.withdrawFees.staticCall(account.address, round);
        await mined(contract.withdrawFees(account.address, round));
        if (amount === 0n)
          throw new Error(`${account === delegator ? "the delegator" : "the orchestrator"} gets nothing`);
        sum += amount;
      }
      // Rounding stays with the contract.
      if (sum > faceValue || faceValue - sum > 1_000_000n) throw new Error(`${sum} wei of ${faceValue} were paid`);
    });

  await step("the delegator unbonds, waits, and has at least what it bonded", async () => {
    const { stake } = await bonding.getDelegator(delegator);
    await mined(bonding.connect(delegator).unbond(stake));
    await toRound((await rounds.currentRound()) + parameters.unbondingPeriod + 1n);
    await mined(bonding.connect(delegator).withdrawStake(0n));
    const have = await token.balanceOf(delegator);
    if (have < least) throw new Error(`it has ${have} of ${least} wei LPT`);
  });

  if (paid)
    await step("the broadcaster unlocks, waits, and withdraws the rest", async () => {
      await mined(broker.connect(broadcaster).unlock());
      await toRound((await rounds.currentRound()) + (await broker.parameters()).unlockPeriod + 1n);
      const before = await provider.getBalance(deployment.contracts.TicketBroker.proxy);
      await mined(broker.connect(broadcaster).withdraw());
      equal(
        "what left the broker {wei ETH}",
        before - (await provider.getBalance(deployment.contracts.TicketBroker.proxy)),
        faceValue,
      );
    });
  return done;
}

const newAccount = (provider: Obedient["provider"]): HDNodeWallet => Wallet.createRandom().connect(provider);

/** A ticket that wins. */
async function ticketFor(
  sender: HDNodeWallet,
  recipient: string,
  faceValue: bigint,
  creationRound: bigint,
  { chainId, contracts }: Deployment,
): Promise<[payer: string, terms: string, recipientRand: bigint, r: string, vs: string]> {
  const [recipientRand, salt] = [42n, 7n];
  const ticket = {
    recipient,
    sender: sender.address,
    faceValue,
    winProb: ONE,
    salt,
    commitment: keccak256(AbiCoder.defaultAbiCoder().encode(["uint256"], [recipientRand])),
    commitmentIndex: 0n,
    creationRound,
  };
  const domain = {
    name: "Streamflow TicketBroker",
    version: "1",
    chainId,
    verifyingContract: contracts.TicketBroker.proxy,
  };
  const { r, yParityAndS } = Signature.from(await sender.signTypedData(domain, TICKET_FIELDS, ticket));
  return [
    solidityPacked(["address", "uint96"], [sender.address, faceValue]),
    solidityPacked(["uint64", "uint128", "uint32", "uint32"], [ONE, salt, 0n, creationRound]),
    recipientRand,
    r,
    yParityAndS,
  ];
}

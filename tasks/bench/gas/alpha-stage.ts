import { parseEther, Signature, toQuantity } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { readInterface } from "../../../deploy/artifacts.ts";
import type { ArtifactName } from "../../../deploy/artifacts.ts";
import type { AlphaNetwork } from "../../../deploy/alpha/network.ts";
import { ask } from "../../../deploy/alpha/network.ts";
import { conclude } from "../../../deploy/alpha/conclude.ts";
import { prepare } from "../../../deploy/alpha/prepare.ts";
import { writeAlphaRecord } from "../../../deploy/alpha/record.ts";
import { deployRehearsal, REHEARSAL_PARAMETERS } from "../../../deploy/alpha/rehearsal.ts";
import { handOverController, upgrade } from "../../../deploy/alpha/upgrade.ts";
import type { Deployment } from "../../../deploy/contracts.ts";
import { deploy } from "../../../deploy/index.ts";
import { readParameters } from "../../../deploy/parameters.ts";
import type { Parameters } from "../../../deploy/parameters.ts";
import { commitmentTo, payerWord, termsWord, TICKET_FIELDS } from "../../../sim/model/ticket.ts";
import { fileURLToPath } from "node:url";

type Network = HardhatRuntimeEnvironment["network"];
type Connection = Awaited<ReturnType<Network["create"]>>;
type Actor = "first" | "second" | "delegator" | "broadcaster";

const PARAMETERS = fileURLToPath(new URL("../../../deploy/networks/localhost/parameters.json5", import.meta.url));
/** {s} */
const ROUND = 86_400;
const START = 1_800_000_000;
/** {round} Of Streamflow. */
const UNBONDING_PERIOD = 14n;
const GAS = toQuantity(16_000_000);
const FACE_VALUE = 12_345_678_901_234_567n;
/** {wei LPT} As the rehearsal has it. */
const [FORTUNE, SELF_STAKE, STAKE, LOCKED] = ["30000", "10000", "3000", "500"].map(parseEther) as [
  bigint,
  bigint,
  bigint,
  bigint,
];

export interface Call {
  readonly from: Actor;
  readonly on: ArtifactName;
  readonly method: string;
  readonly args: readonly unknown[];
  /** {wei} */
  readonly value?: bigint;
}

/** A Streamflow with two orchestrators, a delegator with stake and two locks, and a broadcaster: one that was an alpha, or one that never was. */
export class AlphaStage {
  readonly actors: Readonly<Record<Actor, HardhatEthersSigner>>;
  readonly deployer: HardhatEthersSigner;
  readonly #connection: Connection;
  readonly #contracts: Deployment["contracts"];
  readonly #alpha: AlphaNetwork | null;

  /** Upgraded from a rehearsal's alpha, as the commands do it. */
  static async ofAlpha(network: Network, dir: string): Promise<AlphaStage> {
    const { connection, signer, actors } = await open(network);
    const { provider } = connection.ethers;
    const { first, second, delegator, broadcaster } = actors;
    const alpha = await deployRehearsal({
      ...{ provider, signer, actors: [first, second, delegator, broadcaster] },
      parameters: { ...REHEARSAL_PARAMETERS, roundLength: 10_000n },
    });
    writeAlphaRecord(dir, { alpha });
    const plan = await prepare({ signer, alpha, dir });
    const options = { signer, dir, parameters: parameters() };
    await handOverController(options);
    await upgrade(options);
    await conclude({ signer, dir, alpha }, plan, options.parameters);
    const stage = new AlphaStage(connection, signer, actors, plan.deployment.contracts, alpha);
    await stage.nextRound();
    return stage;
  }

  /** The same standings by the actions of Streamflow. */
  static async fresh(network: Network, dir: string): Promise<AlphaStage> {
    const { connection, signer, actors } = await open(network);
    const { contracts } = await deploy({ signer, dir, parameters: parameters() });
    const stage = new AlphaStage(connection, signer, actors, contracts, null);
    const { first, second } = actors;
    for (const who of Object.keys(actors) as Actor[]) {
      await stage.#send(signer.address, "LivepeerToken", "transfer", [actors[who].address, FORTUNE]);
      await stage.send(who, "LivepeerToken", "approve", contracts.BondingManager.proxy, FORTUNE);
    }
    for (const who of ["first", "second"] as const) {
      await stage.send(who, "BondingManager", "register", 10n ** 17n, 5n * 10n ** 17n, SELF_STAKE);
    }
    await stage.send("delegator", "BondingManager", "bond", STAKE, first.address);
    await stage.nextRound();
    await stage.send("delegator", "BondingManager", "unbond", LOCKED);
    await stage.nextRound(UNBONDING_PERIOD);
    await stage.send("delegator", "BondingManager", "unbond", LOCKED);
    await stage.send("second", "BondingManager", "reward", second.address);
    await stage.nextRound();
    return stage;
  }

  private constructor(
    connection: Connection,
    deployer: HardhatEthersSigner,
    actors: AlphaStage["actors"],
    contracts: Deployment["contracts"],
    alpha: AlphaNetwork | null,
  ) {
    [this.#connection, this.deployer, this.actors] = [connection, deployer, actors];
    [this.#contracts, this.#alpha] = [contracts, alpha];
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Does something, then puts everything back to before. */
  async aside<T>(act: () => Promise<T>): Promise<T> {
    const snapshot = await this.#request("evm_snapshot");
    const result = await act();
    await this.#request("evm_revert", snapshot);
    return result;
  }

  /** To noon of the round that is `count` rounds ahead, which is begun by what somebody else does. */
  async nextRound(count = 1n): Promise<void> {
    const round = await this.round();
    const start = await ask<bigint>(...this.#on("RoundsManager"), "roundStart", [round + count]);
    await this.#request("evm_setNextBlockTimestamp", toQuantity(start + BigInt(ROUND) / 2n));
    await this.send("second", "BondingManager", "reward", this.actors.second.address);
  }

  round(): Promise<bigint> {
    return ask<bigint>(...this.#on("RoundsManager"), "currentRound");
  }

  /** @returns its gas */
  send(from: Actor, on: ArtifactName, method: string, ...args: readonly unknown[]): Promise<number> {
    return this.#send(this.actors[from].address, on, method, args);
  }

  call({ from, on, method, args, value }: Call): Promise<number> {
    return this.#send(this.actors[from].address, on, method, args, value);
  }

  /** The first orchestrator redeems a winning ticket of the broadcaster. */
  async redemption(): Promise<Call> {
    const { first, broadcaster } = this.actors;
    const ticket = {
      ...{ recipient: first.address, sender: broadcaster.address, faceValue: FACE_VALUE, winProb: 10n ** 18n },
      ...{ salt: 1n, commitment: commitmentTo(1n), commitmentIndex: 0n, creationRound: await this.round() },
    };
    const { chainId } = await this.#connection.ethers.provider.getNetwork();
    const domain = { name: "Streamflow TicketBroker", version: "1", chainId };
    const verifyingContract = this.#contracts.TicketBroker.proxy;
    const signed = await broadcaster.signTypedData({ ...domain, verifyingContract }, TICKET_FIELDS, ticket);
    const { r, yParityAndS } = Signature.from(signed);
    const args = [payerWord(ticket), termsWord(ticket), 1n, r, yParityAndS];
    return { from: "first", on: "TicketBroker", method: "redeem", args };
  }

  async #send(from: string, on: ArtifactName, method: string, args: readonly unknown[], value = 0n): Promise<number> {
    const data = readInterface(on).encodeFunctionData(method, args);
    const [, , to] = this.#on(on);
    const transaction = { from, to, data, value: toQuantity(value), gas: GAS, gasPrice: "0x0" };
    const hash = await this.#request("eth_sendTransaction", transaction);
    const { gasUsed } = (await this.#request("eth_getTransactionReceipt", hash)) as { gasUsed: string };
    return Number(gasUsed);
  }

  #on(name: ArtifactName): [Connection["ethers"]["provider"], ArtifactName, string] {
    const { provider } = this.#connection.ethers;
    const to =
      name === "AlphaBonding"
        ? this.#alpha?.bondingManager
        : name === "AlphaDeposits"
          ? this.#alpha?.jobsManager
          : this.#contracts[name as keyof Deployment["contracts"]].proxy;
    if (to === undefined) throw new Error(`a network that never was an alpha has no ${name}`);
    return [provider, name, to];
  }

  async #request(method: string, ...params: unknown[]): Promise<unknown> {
    return this.#connection.provider.request({ method, params });
  }
}

function parameters(): Parameters {
  return { ...readParameters(PARAMETERS), rounds: { roundLength: ROUND, startTime: START, startRound: 1 } };
}

async function open(network: Network) {
  const connection = await network.create({
    network: "default",
    // What the anchors were measured under (docs/adr/0002-toolchain.md).
    override: { hardfork: "prague", initialDate: new Date(START * 1_000), initialBaseFeePerGas: 0 },
  });
  const [signer, first, second, delegator, broadcaster] = (await connection.ethers.getSigners()) as [
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
    HardhatEthersSigner,
  ];
  return { connection, signer, actors: { first, second, delegator, broadcaster } };
}

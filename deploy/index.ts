import { setTimeout as sleep } from "node:timers/promises";
import { getCreateAddress } from "ethers";
import type { Provider, Signer, TransactionReceipt } from "ethers";
import { initCodeOf, readArtifact, readInterface } from "./artifacts.ts";
import { CONTRACT_NAMES } from "./contracts.ts";
import type { ContractName, Deployment, Journal } from "./contracts.ts";
import { DeploymentError } from "./errors.ts";
import { readJournal, writeJournal } from "./journal.ts";
import type { Parameters } from "./parameters.ts";
import { addressInSlot, initializersOf, planOf } from "./relations.ts";
import type { Creation, Plan } from "./relations.ts";

export type { ContractName, Deployment } from "./contracts.ts";

export interface DeployOptions {
  /** Pays for everything and is the first administrator. Needs a provider. */
  signer: Signer;
  parameters: Parameters;
  /** Where `deployment.json` is or will be. */
  dir: string;
  log?: (message: string) => void;
  /** Called for each transaction once it has succeeded. */
  onTransaction?: (step: string, hash: string) => void;
  /** {ms} How long to wait for one transaction. */
  timeout?: number;
}

export interface StatusRow {
  contract: ContractName;
  proxy: string;
  /** What the proxy delegates to now; empty when there is no proxy. */
  implementation: string;
  state: "missing" | "bootstrap" | "ready" | "unexpected logic";
}

const IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";
const ADMIN_ROLE = 0n;
const DEFAULT_TIMEOUT = 120_000;

/**
 * Brings the chain to the state that `parameters` describe and returns it. Each step asks the chain whether its work is done, so a run that
 * was killed is simply run again, and a run after a finished one sends nothing.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { signer, parameters, dir } = options;
  const provider = signer.provider;
  if (provider === null) throw new TypeError("the signer needs a provider");
  const sender = await openSender(options, provider);

  const journal = await settleFactory(sender, provider, dir);
  const plan = planOf(journal);

  await create(sender, plan, plan.accessManager);
  await create(sender, plan, plan.bootstrap);
  for (const name of CONTRACT_NAMES) await create(sender, plan, plan.proxies[name]);
  for (const part of [...plan.parts, plan.machine]) await create(sender, plan, part);
  for (const name of CONTRACT_NAMES) await create(sender, plan, plan.implementations[name]);

  const first = await provider.getBlock(journal.block);
  const initializers = initializersOf(plan, parameters, first?.timestamp ?? 0);
  for (const name of CONTRACT_NAMES) await upgrade(sender, plan, name, initializers[name]);

  await handOver(sender, plan, parameters.governance.admin);
  writeJournal(dir, plan.deployment);
  return plan.deployment;
}

/** What the chain holds of the deployment in `dir`. Reads only. */
export async function status(options: { provider: Provider; dir: string }): Promise<StatusRow[]> {
  const { provider, dir } = options;
  const journal = readJournal(dir);
  if (journal === undefined) {
    throw new DeploymentError("IncompleteDeployment", `${dir} holds no deployment: run the deployment first`);
  }
  await requireChain(provider, journal);
  const plan = planOf(journal);

  const rows: StatusRow[] = [];
  for (const contract of CONTRACT_NAMES) {
    const proxy = plan.proxies[contract].address;
    if ((await provider.getCode(proxy)) === "0x") {
      rows.push({ contract, proxy, implementation: "", state: "missing" });
      continue;
    }
    const implementation = addressInSlot(await provider.getStorage(proxy, IMPLEMENTATION_SLOT));
    const state =
      implementation === plan.bootstrap.address
        ? "bootstrap"
        : implementation === plan.implementations[contract].address
          ? "ready"
          : "unexpected logic";
    rows.push({ contract, proxy, implementation, state });
  }
  return rows;
}

// --- Steps ---

/** Finds the factory of an earlier run or creates it. Its address is on disk before its transaction leaves. */
async function settleFactory(sender: Sender, provider: Provider, dir: string): Promise<Journal> {
  const known = readJournal(dir);
  if (known !== undefined) {
    await requireChain(provider, known);
    const code = await provider.getCode(known.factory);
    if (code !== "0x" && code !== readArtifact("ProxyFactory").deployedBytecode) {
      throw new DeploymentError(
        "ForeignDeployment",
        `${known.factory} in ${dir} is not the factory of these sources: use their revision, or another directory`,
      );
    }
    if (code !== "0x") {
      if (known.deployer !== sender.address) {
        throw new DeploymentError(
          "WrongDeployer",
          `${known.deployer} began the deployment in ${dir}: continue as that account`,
        );
      }
      return known;
    }
  }

  const journal: Journal = {
    chainId: Number((await provider.getNetwork()).chainId),
    block: await provider.getBlockNumber(),
    deployer: sender.address,
    factory: getCreateAddress({ from: sender.address, nonce: sender.nonce }),
  };
  writeJournal(dir, journal);
  await sender.send("create ProxyFactory", null, initCodeOf("ProxyFactory", []));
  return journal;
}

/** Has the factory create a contract, unless it exists. */
async function create(sender: Sender, plan: Plan, creation: Creation): Promise<void> {
  if ((await sender.provider.getCode(creation.address)) !== "0x") return;
  const data = readInterface("ProxyFactory").encodeFunctionData("deploy", [creation.salt, creation.initCode]);
  await sender.send(`create ${creation.name}`, plan.deployment.factory, data);
}

/** Puts a proxy from the bootstrap onto its logic and initialises it, in one call. */
async function upgrade(sender: Sender, plan: Plan, name: ContractName, initializer: string): Promise<void> {
  const { proxy, implementation, proxyAdmin } = plan.deployment.contracts[name];
  const current = addressInSlot(await sender.provider.getStorage(proxy, IMPLEMENTATION_SLOT));
  if (current === implementation) return;
  if (current !== plan.bootstrap.address) {
    throw new DeploymentError(
      "MigrationNeeded",
      `${name} at ${proxy} has the logic ${current}, these sources give ${implementation}: this is a migration, which governance decides`,
    );
  }
  const call = readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [proxy, implementation, initializer]);
  const data = readInterface("AccessManager").encodeFunctionData("execute", [proxyAdmin, call]);
  await sender.send(`initialize ${name}`, plan.accessManager.address, data);
}

/** Gives the administrator's role to governance, then takes it from the deployer. */
async function handOver(sender: Sender, plan: Plan, admin: string | null): Promise<void> {
  if (admin === null || admin === sender.address) return;
  const manager = plan.accessManager.address;
  const abi = readInterface("AccessManager");
  const isAdmin = async (account: string): Promise<boolean> => {
    const answer = await sender.provider.call({
      to: manager,
      data: abi.encodeFunctionData("hasRole", [ADMIN_ROLE, account]),
    });
    return abi.decodeFunctionResult("hasRole", answer)[0] as boolean;
  };

  const handedOver = await isAdmin(admin);
  if (!(await isAdmin(sender.address))) {
    if (handedOver) return;
    throw new DeploymentError(
      "MigrationNeeded",
      `${admin} does not govern, and the deployer no longer does: ask governance`,
    );
  }
  if (!handedOver) {
    await sender.send(
      "grant the administrator's role",
      manager,
      abi.encodeFunctionData("grantRole", [ADMIN_ROLE, admin, 0]),
    );
  }
  await sender.send(
    "give up the administrator's role",
    manager,
    abi.encodeFunctionData("renounceRole", [ADMIN_ROLE, sender.address]),
  );
}

async function requireChain(provider: Provider, journal: Journal): Promise<void> {
  const { chainId } = await provider.getNetwork();
  if (chainId !== BigInt(journal.chainId)) {
    throw new DeploymentError("WrongChain", `the deployment is on chain ${journal.chainId}, this is chain ${chainId}`);
  }
}

// --- Sending ---

/** Sends one transaction at a time and waits for it. */
interface Sender {
  readonly address: string;
  readonly provider: Provider;
  /** Of the next transaction. */
  readonly nonce: number;
  send(step: string, to: string | null, data: string): Promise<void>;
}

async function openSender(options: DeployOptions, provider: Provider): Promise<Sender> {
  const { signer, log, onTransaction, timeout = DEFAULT_TIMEOUT } = options;
  const address = await signer.getAddress();
  let nonce = await settledNonce(provider, address, timeout);

  return {
    address,
    provider,
    get nonce() {
      return nonce;
    },
    async send(step, to, data) {
      const transaction = await signer.sendTransaction({ to, data, nonce });
      nonce += 1;
      const receipt = await receiptOf(provider, transaction.hash, timeout);
      if (receipt.status !== 1) {
        throw new DeploymentError("TransactionFailed", `${step}: transaction ${transaction.hash} was reverted`);
      }
      log?.(step);
      onTransaction?.(step, transaction.hash);
    },
  };
}

/** The account's nonce, once nothing that a killed run has sent is still on its way. */
async function settledNonce(provider: Provider, address: string, timeout: number): Promise<number> {
  return poll(timeout, `the transactions of ${address} that are on their way`, async () => {
    const pending = await provider.getTransactionCount(address, "pending");
    return pending === (await provider.getTransactionCount(address, "latest")) ? pending : null;
  });
}

/** Asks itself instead of `wait()`, which looks every four seconds. */
async function receiptOf(provider: Provider, hash: string, timeout: number): Promise<TransactionReceipt> {
  return poll(timeout, `transaction ${hash}`, () => provider.getTransactionReceipt(hash));
}

async function poll<T>(timeout: number, what: string, ask: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + timeout;
  for (let delay = 20; ; delay = Math.min(delay * 2, 2_000)) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline)
      throw new DeploymentError("TransactionFailed", `${what}: nothing after ${timeout} ms`);
    await sleep(delay);
  }
}

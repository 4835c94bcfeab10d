import { getCreateAddress, ZeroAddress } from "ethers";
import type { Provider } from "ethers";
import { initCodeOf, readArtifact, readInterface } from "./artifacts.ts";
import { CONTRACT_NAMES } from "./contracts.ts";
import type { ContractName, Deployment, Journal } from "./contracts.ts";
import { DeploymentError } from "./errors.ts";
import { readJournal, writeJournal } from "./journal.ts";
import type { Parameters } from "./parameters.ts";
import { handOver } from "./hand-over.ts";
import { openSender } from "./sender.ts";
import type { Sender, SenderOptions } from "./sender.ts";
import { addressInSlot, initializersOf, planOf } from "./relations.ts";
import type { Creation, Plan } from "./relations.ts";
import { IMPLEMENTATION_SLOT } from "./slots.ts";

export type { ContractName, Deployment } from "./contracts.ts";

/** The signer is the first administrator too, and needs a provider. */
export interface DeployOptions extends SenderOptions {
  parameters: Parameters;
  /** Where `deployment.json` is or will be. */
  dir: string;
}

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

  await requireKnownLogic(provider, plan);
  await create(sender, plan, plan.accessManager);
  await create(sender, plan, plan.bootstrap);
  for (const name of CONTRACT_NAMES) await create(sender, plan, plan.proxies[name]);
  for (const part of [...plan.parts, plan.machine, plan.consistency]) await create(sender, plan, part);
  for (const name of CONTRACT_NAMES) await create(sender, plan, plan.implementations[name]);

  const first = await provider.getBlock(journal.block);
  const initializers = initializersOf(plan, parameters, first?.timestamp ?? 0);
  for (const name of CONTRACT_NAMES) await upgrade(sender, plan, name, initializers[name]);

  await handOver(sender, plan, parameters);
  writeJournal(dir, plan.deployment);
  return plan.deployment;
}

// --- Steps ---

/** Finds the factory of an earlier run or creates it. Its address is on disk before its transaction leaves. */
export async function settleFactory(sender: Sender, provider: Provider, dir: string): Promise<Journal | Deployment> {
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
export async function create(sender: Sender, plan: Plan, creation: Creation): Promise<void> {
  if ((await sender.provider.getCode(creation.address)) !== "0x") return;
  const data = readInterface("ProxyFactory").encodeFunctionData("deploy", [creation.salt, creation.initCode]);
  await sender.send(`create ${creation.name}`, plan.deployment.factory, data);
}

/** Refuses a chain with logic that these sources do not make, before anything is paid for. */
async function requireKnownLogic(provider: Provider, plan: Plan): Promise<void> {
  for (const name of CONTRACT_NAMES) {
    const { proxy, implementation } = plan.deployment.contracts[name];
    const current = await logicBehind(provider, proxy);
    if (current === ZeroAddress || current === plan.bootstrap.address || current === implementation) continue;
    throw new DeploymentError(
      "MigrationNeeded",
      `${name} at ${proxy} has the logic ${current}, these sources give ${implementation}: this is a migration, which governance decides (npx hardhat migrate)`,
    );
  }
}

/** Puts a proxy from the bootstrap onto its logic and initialises it, in one call. */
async function upgrade(sender: Sender, plan: Plan, name: ContractName, initializer: string): Promise<void> {
  const { proxy, implementation, proxyAdmin } = plan.deployment.contracts[name];
  if ((await logicBehind(sender.provider, proxy)) === implementation) return;
  const call = readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [proxy, implementation, initializer]);
  const data = readInterface("AccessManager").encodeFunctionData("execute", [proxyAdmin, call]);
  await sender.send(`initialize ${name}`, plan.accessManager.address, data);
}

/** Zero if there is no proxy. */
async function logicBehind(provider: Provider, proxy: string): Promise<string> {
  return addressInSlot(await provider.getStorage(proxy, IMPLEMENTATION_SLOT));
}

/** @throws DeploymentError WrongChain */
export async function requireChain(provider: Provider, journal: Journal): Promise<void> {
  const { chainId } = await provider.getNetwork();
  if (chainId !== BigInt(journal.chainId)) {
    throw new DeploymentError("WrongChain", `the deployment is on chain ${journal.chainId}, this is chain ${chainId}`);
  }
}

import type { JsonRpcProvider, Provider, Wallet } from "ethers";
import { z } from "zod";
import { connect, readDeployment, type ContractTypes, type Deployment } from "../../deploy/contracts.ts";
import type { DisputeGame, LivepeerToken, RoundsManager, ServiceRegistry, TicketBroker } from "../../types/index.ts";
import { StreamflowError } from "../errors.ts";
import { Heads } from "./heads.ts";
import { ChainProvider, JsonRpc } from "./json-rpc.ts";
import { loadWallet } from "./keys.ts";

export interface ChainOptions {
  readonly rpcUrl: string;
  /** Path of the deployment file. */
  readonly deployment: string;
  /** {ms} For one request. */
  readonly timeoutMs: number;
  readonly pollMs: number;
}

/** The protocol as one account sees it. */
export interface Chain {
  readonly chainId: bigint;
  readonly provider: JsonRpcProvider;
  readonly heads: Heads;
  readonly wallet: Wallet;
  readonly deployment: Deployment;
  readonly token: LivepeerToken;
  readonly rounds: RoundsManager;
  readonly bonding: ContractTypes["BondingManager"];
  readonly registry: ServiceRegistry;
  readonly broker: TicketBroker;
  readonly disputes: DisputeGame;
  close(): void;
}

/** What redeeming needs of it. */
export interface RedemptionChain extends Pick<Chain, "chainId" | "deployment" | "rounds" | "broker" | "heads"> {
  readonly wallet: Pick<Wallet, "address" | "signTransaction">;
  readonly provider: Provider & Pick<JsonRpcProvider, "send">;
}

const chainIdSchema = z.object({ result: z.string().regex(/^0x[0-9a-f]{1,16}$/) });

async function readChainId(options: ChainOptions): Promise<bigint> {
  const { rpcUrl, timeoutMs } = options;
  const rpc = new JsonRpc(options);
  try {
    const [answer] = await rpc.post({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
    return BigInt(chainIdSchema.parse(answer).result);
  } catch (cause) {
    const detail = `${rpcUrl} did not answer within ${timeoutMs} ms as a chain does`;
    throw new StreamflowError("ChainUnreachable", detail, { timeoutMs }, { cause });
  } finally {
    rpc.close();
  }
}

/**
 * Connects to the chain, reads the deployment and opens the account.
 * @throws StreamflowError ChainUnreachable, DeploymentInvalid, KeyInvalid, DevelopmentKeyRefused
 */
export async function openChain(options: ChainOptions, keyFile: string): Promise<Chain> {
  const chainId = await readChainId(options);
  let deployment: Deployment;
  try {
    deployment = readDeployment(options.deployment);
  } catch (cause) {
    throw new StreamflowError("DeploymentInvalid", `${options.deployment}: ${(cause as Error).message}`, {}, { cause });
  }
  if (BigInt(deployment.chainId) !== chainId) {
    throw new StreamflowError(
      "DeploymentInvalid",
      `the deployment is for chain ${deployment.chainId}, ${options.rpcUrl} is chain ${chainId}`,
    );
  }

  const provider = new ChainProvider(options, chainId);
  provider.pollingInterval = Math.min(options.pollMs, 250);
  const wallet = await loadWallet(keyFile, chainId, provider);
  const at = deployment.contracts;
  return {
    chainId,
    provider,
    heads: new Heads(options, provider),
    wallet,
    deployment,
    token: connect("LivepeerToken", at.LivepeerToken.proxy, wallet),
    rounds: connect("RoundsManager", at.RoundsManager.proxy, wallet),
    bonding: connect("BondingManager", at.BondingManager.proxy, wallet),
    registry: connect("ServiceRegistry", at.ServiceRegistry.proxy, wallet),
    broker: connect("TicketBroker", at.TicketBroker.proxy, wallet),
    disputes: connect("DisputeGame", at.DisputeGame.proxy, wallet),
    close: () => provider.destroy(),
  };
}

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { JsonRpcProvider, type Signer, type Wallet } from "ethers";
import { pino } from "pino";
import { connect, type Deployment } from "../../deploy/contracts.ts";
import { deploy } from "../../deploy/index.ts";
import { writeJournal } from "../../deploy/journal.ts";
import { type Parameters as NetworkParameters, readParameters } from "../../deploy/parameters.ts";
import { developmentWallet } from "../../offchain/eth/keys.ts";
import { Certificate, ownCertificate } from "../../offchain/net/tls/certificate.ts";
import { POOL_PATH, type Status } from "../../offchain/net/wire.ts";
import { createCredential, readCredentials, writeCredentials } from "../../offchain/pool/credentials.ts";
import { Accounts, DEPOSIT } from "./accounts.ts";
import { LOCALHOST_PARAMETERS } from "./contracts.ts";
import { lastingPort } from "./port.ts";
import { type LogLine, RoleProcess } from "./processes.ts";
import { statusOf } from "./status.ts";

/** {wei} Of a ticket: high enough to be worth its redemption at the local chain's gas price. */
export const FACE_VALUE = 4_000_000_000_000_000n;

/** {ms} For the answer to a request for a quote, where all nodes share one machine, which may be busy. */
export const PATIENT_QUOTE_MS = 30_000;

/** {1} Segments at a time for each of some transcoders on this machine: more than its cores bear make every one dearer, and none earlier. */
export const shareOfCores = (transcoders: number): number =>
  Math.max(1, Math.floor(availableParallelism() / transcoders));

export interface DevnetOptions {
  /** JSON-RPC end point of a local chain on which the development accounts are funded. */
  readonly rpcUrl: string;
  /** Everything that the network writes goes here. */
  readonly dir: string;
  readonly orchestrators: number;
  /** {wei per million pixels} */
  readonly price: bigint;
  /** {wei} */
  readonly faceValue: bigint;
  /** {wei LPT} That a delegator bonds behind each orchestrator; the default is nothing, and no delegator. */
  readonly delegation?: bigint;
  /** Whether orchestrators are reached by https, with certificates of their own. */
  readonly tls?: boolean;
  /** {wei} of the broadcaster's deposit; the default is one ether. */
  readonly deposit?: bigint;
  /** Settings of the roles that differ from the defaults. */
  readonly settings?: { readonly orchestrator?: object; readonly broadcaster?: object; readonly transcoder?: object };
  readonly logLevel?: string;
  /**
   * What stands on the chain already; without it the contracts are deployed. The first development account must have ETH and LPT there, and the judge be
   * approved. Its orchestrators are left alone: the broadcaster buys from those of this network only.
   */
  readonly existing?: Deployment;
  /** What Node is told for every process of the network. */
  readonly nodeOptions?: readonly string[];
  /** Variables of every process of the network, besides this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Changes the parameters of the local network. */
  readonly parameters?: (parameters: NetworkParameters) => NetworkParameters;
  /** End point of the same chain that the nodes use instead of `rpcUrl`. */
  readonly nodesRpcUrl?: string;
  /** What stands in the registry instead of an orchestrator's own address, e.g. that of a proxy before it. */
  readonly advertise?: (url: string, name: string) => Promise<string>;
  /** Told of each line that any process of the network logs. */
  readonly onLine?: (name: string, line: LogLine) => void;
}

interface OrchestratorAccount {
  readonly name: string;
  /** Null without a delegation. */
  readonly delegator: string | null;
  readonly wallet: Wallet;
  readonly port: number;
}

export interface DevnetOrchestrator {
  readonly name: string;
  readonly address: string;
  /** Null without a delegation. */
  readonly delegator: string | null;
  readonly url: string;
  /** Hash of its server's public key; null without TLS. */
  readonly serverKey: string | null;
  process: RoleProcess;
  transcoder: RoleProcess;
  /** Starts another transcoder for it; the last one must have ended. */
  startTranscoder(): Promise<void>;
  /** Starts its own process again on the same account, store and address; the last one must have ended. Resolves when its transcoder is back. */
  startProcess(nodeOptions?: readonly string[]): Promise<void>;
  /** Ends both without warning. */
  kill(): Promise<void>;
  /** Starts both again on the same account, store and address. */
  restart(): Promise<void>;
  status(): Promise<Status>;
}

/** A local network of processes: staked orchestrators with a transcoder each, and a funded broadcaster's account. */
export class Devnet {
  readonly deployment: Deployment;
  readonly provider: JsonRpcProvider;
  readonly orchestrators: DevnetOrchestrator[] = [];
  readonly broadcaster: Wallet;
  readonly #options: DevnetOptions;
  #added = 0;
  readonly #running = new Set<RoleProcess>();

  private constructor(options: DevnetOptions, provider: JsonRpcProvider, deployment: Deployment, broadcaster: Wallet) {
    this.#options = options;
    this.provider = provider;
    this.deployment = deployment;
    this.broadcaster = broadcaster;
  }

  static async start(options: DevnetOptions): Promise<Devnet> {
    const provider = new JsonRpcProvider(options.rpcUrl, undefined, { staticNetwork: true, cacheTimeout: -1 });
    provider.pollingInterval = 100;
    // One signer for all set-up transactions, with its own count of them: the chain mines each at once.
    const deployer = developmentWallet(0).connect(provider);
    const deployment = await deploymentFor(options, deployer);

    const accounts = new Accounts({ provider, deployment, deployer });
    const devnet = new Devnet(options, provider, deployment, accounts.create());
    try {
      await devnet.#writeKey("broadcaster", devnet.broadcaster);
      await accounts.fundBroadcaster(devnet.broadcaster, options.deposit ?? DEPOSIT);
      const staked: OrchestratorAccount[] = [];
      for (let i = 0; i < options.orchestrators; i++) staked.push(await devnet.#makeOrchestrator(accounts, i + 1));
      await accounts.passUntil(await accounts.approveJudge());
      for (const account of staked) await devnet.#advertise(accounts, account);
      devnet.orchestrators.push(...(await Promise.all(staked.map((account) => devnet.#startOrchestrator(account)))));
      return devnet;
    } catch (error) {
      await devnet.close();
      throw error;
    }
  }

  /** The contracts as someone without an account sees them. */
  contract<N extends Parameters<typeof connect>[0]>(name: N): ReturnType<typeof connect<N>> {
    return connect(name, this.deployment.contracts[name].proxy, this.provider);
  }

  /**
   * Gives a transcoder a credential of its own at an orchestrator, beside those that this has.
   * @returns the file with its secret
   */
  async admitTranscoder(orchestrator: string, name: string): Promise<string> {
    const file = this.#credentialsFile(orchestrator);
    const { credential, secret } = createCredential(name);
    await writeCredentials(file, [...(existsSync(file) ? await readCredentials(file) : []), credential]);
    await mkdir(join(this.#options.dir, name), { recursive: true });
    const secretFile = join(this.#options.dir, name, "transcoder.secret");
    await writeFile(secretFile, `${secret}\n`, { mode: 0o600 });
    return secretFile;
  }

  /** Starts one more transcoder for an orchestrator, which has it when this resolves. */
  async addTranscoder(orchestrator: DevnetOrchestrator): Promise<RoleProcess> {
    const name = `${orchestrator.name}-transcoder-${++this.#added}`;
    const secretFile = await this.admitTranscoder(orchestrator.name, name);
    const config = await this.#writeTranscoderConfig(name, orchestrator, secretFile);
    const joined = orchestrator.process.line("transcoder joined");
    const transcoder = this.#spawn(name, "transcoder", config);
    await joined;
    return transcoder;
  }

  #credentialsFile(orchestrator: string): string {
    return join(this.#options.dir, orchestrator, "pool.json");
  }

  /** Starts the broadcaster on one input. What is said of the selection stands beside what the network says of it. */
  async startBroadcaster(settings: object): Promise<RoleProcess> {
    const { existing } = this.#options;
    const ofAll: { readonly selection?: object } = this.#options.settings?.broadcaster ?? {};
    const { selection, ...others }: { readonly selection?: object } = { ...ofAll, ...settings };
    const config = await this.#writeConfig("broadcaster", {
      chain: this.#chain(),
      logLevel: this.#options.logLevel ?? "info",
      keyFile: join(this.#options.dir, "broadcaster", "account.key"),
      dataDir: join(this.#options.dir, "broadcaster", "data"),
      selection: {
        maximumPrice: (this.#options.price * 2n).toString(),
        ...(existing !== undefined && { only: this.orchestrators.map(({ address }) => address) }),
        ...ofAll.selection,
        ...selection,
      },
      ...others,
    });
    return this.#spawn("broadcaster", "broadcaster", config);
  }

  /**
   * Waits until no orchestrator has a winning ticket left to redeem; the answer is how many each has won since it started.
   * Rejects with the signal's reason.
   */
  async redeemed(signal: AbortSignal): Promise<number[]> {
    return Promise.all(
      this.orchestrators.map(async (orchestrator) => {
        for (;;) {
          signal.throwIfAborted();
          // Listened for before the status is read, so that a redemption in between is not missed.
          const enough = new AbortController();
          const change = orchestrator.process.line("ticket redeemed", AbortSignal.any([signal, enough.signal]));
          change.catch(() => undefined);
          const { tickets } = await orchestrator.status();
          if (tickets.pending === 0) {
            enough.abort();
            return tickets.won;
          }
          await change;
        }
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((process) => process.close()));
    this.provider.destroy();
  }

  /** An account with stake behind it, and what it takes to run. */
  async #makeOrchestrator(accounts: Accounts, number: number): Promise<OrchestratorAccount> {
    const name = `orchestrator-${number}`;
    const wallet = accounts.create();
    await this.#writeKey(name, wallet);
    await this.admitTranscoder(name, `${name}-transcoder`);
    const port = await lastingPort();
    await accounts.stakeOrchestrator(wallet);
    const { delegation = 0n } = this.#options;
    const delegator = delegation === 0n ? null : await accounts.delegate(wallet.address, delegation);
    return { name, delegator, wallet, port };
  }

  async #advertise(accounts: Accounts, { name, wallet, port }: OrchestratorAccount): Promise<void> {
    const own = this.#urlOf(port);
    await accounts.advertise(wallet, (await this.#options.advertise?.(own, name)) ?? own);
  }

  #urlOf(port: number): string {
    return `${this.#options.tls === true ? "https" : "http"}://127.0.0.1:${port}`;
  }

  /** Makes the certificate that the orchestrator will find as its own. The answer is the hash of its key. */
  async #makeCertificate(name: string): Promise<string> {
    const dataDir = join(this.#options.dir, name, "data");
    await mkdir(dataDir, { recursive: true });
    const certificate = await Certificate.open(await ownCertificate(dataDir, name), { log: pino({ level: "silent" }) });
    certificate.close();
    return certificate.spkiHash;
  }

  async #startOrchestrator({ name, delegator, wallet, port }: OrchestratorAccount): Promise<DevnetOrchestrator> {
    const { dir, logLevel = "info", settings, price, faceValue, tls = false } = this.#options;
    const url = this.#urlOf(port);
    const serverKey = tls ? await this.#makeCertificate(name) : null;
    const config = await this.#writeConfig(name, {
      chain: this.#chain(),
      logLevel,
      keyFile: join(dir, name, "account.key"),
      dataDir: join(dir, name, "data"),
      pool: { credentialsFile: this.#credentialsFile(name) },
      listen: { host: "127.0.0.1", port },
      tls: { enabled: tls },
      price: { weiPerMillionPixels: price.toString() },
      ticket: { faceValue: faceValue.toString() },
      ...settings?.orchestrator,
    });
    const transcoderConfig = await this.#writeTranscoderConfig(
      `${name}-transcoder`,
      { url, serverKey },
      join(dir, `${name}-transcoder`, "transcoder.secret"),
    );

    const startProcess = (nodeOptions: readonly string[] = []) =>
      this.#spawn(name, "orchestrator", config, nodeOptions);
    const startTranscoder = () => this.#spawn(`${name}-transcoder`, "transcoder", transcoderConfig);
    const start = async () => {
      const process = startProcess();
      const transcoder = startTranscoder();
      // The orchestrator is of use once its transcoder is there.
      await Promise.all([process.line("ready"), process.line("transcoder joined")]);
      return { process, transcoder };
    };

    const orchestrator: DevnetOrchestrator = {
      name,
      address: wallet.address,
      delegator,
      url,
      serverKey,
      ...(await start()),
      startTranscoder: async () => {
        const joined = orchestrator.process.line("transcoder joined");
        orchestrator.transcoder = startTranscoder();
        await joined;
      },
      startProcess: async (nodeOptions) => {
        const process = startProcess(nodeOptions);
        orchestrator.process = process;
        await Promise.all([process.line("ready"), process.line("transcoder joined")]);
      },
      kill: async () => {
        await Promise.all([orchestrator.process.kill(), orchestrator.transcoder.kill()]);
      },
      restart: async () => {
        Object.assign(orchestrator, await start());
      },
      status: () => statusOf(url),
    };
    return orchestrator;
  }

  #writeTranscoderConfig(
    name: string,
    { url, serverKey }: Pick<DevnetOrchestrator, "url" | "serverKey">,
    secretFile: string,
  ): Promise<string> {
    const { logLevel = "info", settings } = this.#options;
    return this.#writeConfig(name, {
      logLevel,
      orchestrator: `${url.replace(/^http/, "ws")}${POOL_PATH}`,
      ...(serverKey !== null && { serverKey }),
      secretFile,
      reconnectMs: 100,
      // So that a test waits for no benchmark.
      capacity: 1,
      benchmark: false,
      hardware: false,
      ...settings?.transcoder,
    });
  }

  #spawn(name: string, role: string, config: string, nodeOptions: readonly string[] = []): RoleProcess {
    const { dir, onLine, nodeOptions: ofAll = [], environment = {} } = this.#options;
    const log = join(dir, name, "log.ndjson");
    const process = new RoleProcess(name, [role, "--config", config], log, {
      nodeOptions: [...ofAll, ...nodeOptions],
      environment,
    });
    if (onLine !== undefined) process.onLine((line) => onLine(name, line));
    this.#running.add(process);
    void process.exited().then(() => this.#running.delete(process));
    return process;
  }

  #chain() {
    const { rpcUrl, nodesRpcUrl = rpcUrl } = this.#options;
    return { rpcUrl: nodesRpcUrl, deployment: join(this.#options.dir, "network", "deployment.json") };
  }

  /** Where the role of this name has its configuration. */
  configFile(name: string): string {
    return join(this.#options.dir, name, "config.json5");
  }

  async #writeConfig(name: string, settings: object): Promise<string> {
    const dir = join(this.#options.dir, name);
    await mkdir(dir, { recursive: true });
    const file = this.configFile(name);
    await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`);
    return file;
  }

  async #writeKey(name: string, wallet: Wallet): Promise<void> {
    const dir = join(this.#options.dir, name);
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, "account.key"), `${wallet.privateKey}\n`, { mode: 0o600 });
  }
}

/** Deploys, unless there is something; the nodes find it in the network's directory. */
async function deploymentFor({ existing, dir, parameters }: DevnetOptions, signer: Signer): Promise<Deployment> {
  const network = join(dir, "network");
  if (existing === undefined) {
    const change = parameters ?? ((same: NetworkParameters) => same);
    return deploy({ signer, parameters: change(readParameters(LOCALHOST_PARAMETERS)), dir: network });
  }
  await mkdir(network, { recursive: true });
  writeJournal(network, existing);
  return existing;
}

import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseEther } from "ethers";
import { type Logger, pino } from "pino";
import { loadConfig } from "../../../offchain/config/load.ts";
import { openChain } from "../../../offchain/eth/chain.ts";
import { verificationDomainOf } from "../../../offchain/eth/domains.ts";
import { createRunner, resolveFfmpeg } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegRunner } from "../../../offchain/media/interface.ts";
import { startBroadcaster } from "../../../offchain/node/broadcaster.ts";
import { openDefender, openSegments } from "../../../offchain/node/disputes.ts";
import { startOrchestrator } from "../../../offchain/node/orchestrator.ts";
import { openNodeStore } from "../../../offchain/node/store.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { Judge } from "../../../offchain/verification/structure/threaded-judge.ts";
import { Devnet, type DevnetOptions, type DevnetOrchestrator, PATIENT_QUOTE_MS } from "../../devnet/network.ts";
import { emptyOwnDirectory } from "../directory.ts";
import { generateClip } from "../input.ts";
import { Cheat, type CheatName } from "./cheat.ts";
import { lyingRun } from "../../devnet/lie.ts";
import type { Accused, FaultReport, Money } from "./report.ts";
import { type Ended, LOOK_MS, passTime, tellGame } from "../../devnet/rounds.ts";

export interface FaultOptions {
  readonly out: string;
  /** Length of the generated clip [s]. */
  readonly seconds: number;
  readonly cheat: CheatName;
  /** Ends the demo, and every process that it started, when it fires. */
  readonly signal: AbortSignal;
}

export interface FaultModules {
  readonly startChain: () => Promise<{ readonly rpcUrl: string; close(): Promise<void> }>;
  readonly say: (text: string) => void;
}

/** {wei} As in the demo of a stream. */
const FACE_VALUE = 4_000_000_000_000_000n;
const PRICE = 10_000_000_000_000n;
const DELEGATION = parseEther("20000");
/** {ms} Longest wait for the end of a dispute, from the clip that it is about. */
const DISPUTE_MS = 180_000;
/** {s} Of the clip on which honest work is accused: one segment. */
const ACCUSED_SECONDS = 2;

interface Stage {
  readonly devnet: Devnet;
  readonly runner: FfmpegRunner;
  readonly out: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Work that is a fault is disputed by two nodes that do not know of this demo; so is work that is none. */
export async function runFault(options: FaultOptions, { startChain, say }: FaultModules): Promise<FaultReport> {
  const chain = await startChain();
  try {
    return await onStage(options, { rpcUrl: chain.rpcUrl, say }, async (stage) => {
      say(
        `network     two orchestrators with 10,000 LPT of their own and 20,000 LPT of a delegator each; the first one cheats (${options.cheat})\n`,
      );
      const guilty = await inTime(stage, (limited) => accuseGuilty(limited, options.cheat, options.seconds));
      const innocent = await inTime(stage, accuseInnocent);
      return { guilty, innocent, failures: [...failuresOf(guilty, "challenger"), ...failuresOf(innocent, "defender")] };
    });
  } finally {
    await chain.close();
  }
}

/** Only the first half, on contracts that are there: spoilt work is found, proven and slashed. @returns what was not as it should be */
export async function runGuilty(
  options: FaultOptions,
  network: Pick<DevnetOptions, "rpcUrl" | "existing" | "nodeOptions">,
): Promise<readonly string[]> {
  const say = () => undefined;
  return onStage(options, { ...network, say }, async (stage) =>
    failuresOf(await inTime(stage, (limited) => accuseGuilty(limited, options.cheat, options.seconds)), "challenger"),
  );
}

async function onStage<T>(
  options: FaultOptions,
  {
    say,
    ...network
  }: Pick<DevnetOptions, "rpcUrl" | "existing" | "nodeOptions"> & { readonly say: (text: string) => void },
  act: (stage: Stage) => Promise<T>,
): Promise<T> {
  const out = resolve(options.out);
  await emptyOwnDirectory(out);
  const runner = createRunner(await resolveFfmpeg());
  const devnet = await Devnet.start({
    ...network,
    dir: join(out, "nodes"),
    orchestrators: 2,
    delegation: DELEGATION,
    faceValue: FACE_VALUE,
    price: PRICE,
    // Each segment goes to both, so that the cheat sells one whoever is faster.
    settings: {
      broadcaster: { delivery: { copies: 2, compare: 1 }, selection: { quoteMs: PATIENT_QUOTE_MS } },
    },
  });
  try {
    return await act({ devnet, runner, out, signal: options.signal, say });
  } finally {
    await devnet.close();
  }
}

/** A stream to which an orchestrator sells spoilt work, and lies in the dispute about it. */
async function accuseGuilty(stage: Stage, cheat: CheatName, seconds: number): Promise<Accused> {
  const { devnet, runner, out, signal, say } = stage;
  const clip = await generateClip(runner, out, seconds);
  const [orchestrator] = devnet.orchestrators as [DevnetOrchestrator];
  await orchestrator.process.kill();
  const cheating = await startCheat(stage, orchestrator, cheat);
  try {
    const before = await moneyOf(devnet, orchestrator);
    const game = tellGame(devnet, "defender", say, signal);
    game.catch(() => undefined);
    const broadcaster = await devnet.startBroadcaster({ input: clip, out: join(out, "hls") });
    let finding = "";
    broadcaster.onLine(({ msg, code, detail }) => {
      if (msg === "segment not delivered" && code === "FaultFound" && finding === "") {
        finding = String(detail);
        say(`the broadcaster judges every segment, and finds: ${finding}\n`);
      }
    });
    const ended = await Promise.race([game, failsWith(stage, broadcaster.exited(), () => broadcaster.errorOutput)]);
    // Nobody else has defended it: when the time for that is over, whoever asks has it settled.
    await passTime(devnet, Number(ended.claim.clock) + 1);
    const code = await broadcaster.exited();
    if (code !== 0) throw new Error(`the broadcaster ended with status ${code}: ${broadcaster.errorOutput}`);
    say("  settled: the stake is slashed\n");
    return { finding, ...(await sumUp(devnet, ended)), before, after: await moneyOf(devnet, orchestrator) };
  } finally {
    await cheating.close();
  }
}

/** A broadcaster that calls honest work a fault, and lies in the dispute about it. */
async function accuseInnocent(stage: Stage): Promise<Accused> {
  const { devnet, runner, out, signal, say } = stage;
  const clip = await generateClip(runner, out, ACCUSED_SECONDS);
  const orchestrator = devnet.orchestrators[1]!;
  say("now a broadcaster accuses the other orchestrator, which has done nothing wrong\n");
  const before = await moneyOf(devnet, orchestrator);
  const game = tellGame(devnet, "challenger", say, signal);
  game.catch(() => undefined);
  const config = await loadConfig("broadcaster", { file: devnet.configFile("broadcaster") });
  const accuser = await startBroadcaster(
    {
      ...config,
      input: clip,
      out: join(out, "accused"),
      selection: { ...config.selection, only: [orchestrator.address] },
    },
    logTo(join(out, "nodes", "accuser.ndjson")),
    { judge: slanderer(), start: (judged) => lyingRun(judged, true) },
  );
  try {
    const ended = await Promise.race([game, failsWith(stage, accuser.done, () => "")]);
    // Whether its segment is delivered is nothing of this.
    await accuser.done.catch(() => undefined);
    return { finding: "none", ...(await sumUp(devnet, ended)), before, after: await moneyOf(devnet, orchestrator) };
  } finally {
    await accuser.close();
  }
}

/** Finds a fault in the first segment that it is shown, whatever it is. */
function slanderer(): Judge {
  let hasAccused = false;
  return {
    judge: ({ outputs }) => {
      const verdict = hasAccused ? "pass" : "fault";
      hasAccused = true;
      return Promise.resolve(
        outputs.map(() => ({ verdict, finding: null, sourcePictures: 0, outputPictures: 0, steps: 0 })),
      );
    },
  };
}

/** Ends what waits for a dispute that does not end, and says so. */
async function inTime<T>(stage: Stage, act: (stage: Stage) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(DISPUTE_MS);
  try {
    return await act({ ...stage, signal: AbortSignal.any([stage.signal, limit]) });
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new Error(`no dispute was over after ${DISPUTE_MS / 1_000} s`, { cause: error });
  }
}

/** The orchestrator on its own account, store and address, with a cheat between it and its customers and a liar for a defender. */
async function startCheat(
  { devnet, runner, out, signal }: Stage,
  { name, address }: DevnetOrchestrator,
  cheat: CheatName,
): Promise<{ close(): Promise<void> }> {
  const config = await loadConfig("orchestrator", { file: devnet.configFile(name) });
  const joined = Promise.withResolvers<void>();
  const log = logTo(join(out, "nodes", "cheat.ndjson"), (message) => {
    if (message === "transcoder joined") joined.resolve();
  });
  const chain = await openChain(config.chain, config.keyFile);
  const domain = verificationDomainOf(chain.deployment);
  const dataDir = join(out, "nodes", "liar");
  const store = await openNodeStore(dataDir, chain);
  const settings = { ...config, dataDir };
  const modules = { chain, store, log };
  const segments = await openSegments(settings, modules);
  const defender = openDefender(
    settings,
    { orchestrators: [address], patience: 0 },
    { ...modules, segments, start: (judged) => lyingRun(judged, false) },
  );
  const orchestrator = await startOrchestrator(
    { ...config, disputes: { ...config.disputes, enabled: false } },
    log,
    signal,
    (seller) =>
      new Cheat(cheat, {
        seller,
        runner,
        domain,
        signer: createSigner(chain.wallet.privateKey),
        onSigned: (work, bytes) => segments.keep(work, bytes),
      }),
  );
  // Its transcoder comes back by itself; without one it is not asked for anything.
  await joined.promise;
  return {
    close: async () => {
      await orchestrator.close();
      await defender.close();
      store.close();
      chain.close();
    },
  };
}

/** @param onMessage is told each message that is logged */
function logTo(file: string, onMessage: (message: string) => void = () => undefined): Logger {
  const destination = pino.destination(file);
  const write = (line: string): void => {
    destination.write(line);
    onMessage((JSON.parse(line) as { msg: string }).msg);
  };
  return pino({ level: "info" }, { write });
}

/** Rejects when a broadcaster has ended and its dispute, which may have been over then, is still not told many looks later. */
async function failsWith({ signal }: Stage, exit: Promise<unknown>, why: () => string): Promise<never> {
  const end = await exit.catch((error: unknown) => error);
  await delay(50 * LOOK_MS, undefined, { signal });
  throw new Error(`the broadcaster ended before its dispute: ${why() || String(end)}`);
}

async function moneyOf(devnet: Devnet, { address, delegator }: DevnetOrchestrator): Promise<Money> {
  const [bonding, token, broadcaster] = [
    devnet.contract("BondingManager"),
    devnet.contract("LivepeerToken"),
    devnet.broadcaster.address,
  ];
  const [own, delegated, bounty, orchestratorEth, broadcasterEth, treasuryEth] = await Promise.all([
    bonding.getDelegator(address),
    bonding.getDelegator(delegator!),
    token.balanceOf(broadcaster),
    devnet.provider.getBalance(address),
    devnet.provider.getBalance(broadcaster),
    devnet.provider.getBalance(devnet.deployment.contracts.Treasury.proxy),
  ]);
  return {
    ownStake: own.stake,
    delegatedStake: delegated.stake,
    bounty,
    orchestratorEth,
    broadcasterEth,
    treasuryEth,
  };
}

async function sumUp(devnet: Devnet, ended: Ended): Promise<Omit<Accused, "finding" | "before" | "after">> {
  const disputes = devnet.contract("DisputeGame");
  const [settled] = await disputes.queryFilter(disputes.filters.ChallengeSettled(ended.id));
  return { ...ended, loss: settled?.args.loss ?? 0n, bounty: settled?.args.bounty ?? 0n };
}

function failuresOf({ winner, loss, bounty, before, after }: Accused, right: Ended["winner"]): string[] {
  const isGuilty = right === "challenger";
  return [
    ...(winner === right ? [] : [`the ${winner} has won, and the ${right} is right`]),
    ...(loss > 0n === isGuilty ? [] : [isGuilty ? "nothing was slashed" : "an innocent orchestrator was slashed"]),
    ...(after.delegatedStake < before.delegatedStake === isGuilty
      ? []
      : ["the delegator's stake is not what it should be"]),
    ...(after.bounty - before.bounty === bounty && bounty > 0n === isGuilty
      ? []
      : ["the bounty is not what it should be"]),
    ...(!isGuilty && after.treasuryEth <= before.treasuryEth ? ["the accuser has lost no bond"] : []),
  ];
}

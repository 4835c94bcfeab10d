import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { FfmpegInfo } from "../../../offchain/media/interface.ts";
import { decodeForm } from "../../../offchain/net/form.ts";
import { SEGMENT_PATH } from "../../../offchain/net/wire.ts";
import { startChain } from "../../devnet/chain.ts";
import { type Opening, openLedger } from "../../devnet/ledger.ts";
import { Devnet, FACE_VALUE } from "../../devnet/network.ts";
import type { LogLine, RoleProcess } from "../../devnet/processes.ts";
import { BreakableFfmpeg } from "./breakable-ffmpeg.ts";
import { type Disk, openDisk } from "./disk.ts";
import type { Victim } from "./faults/interface.ts";
import { Line, type Reply, type Request } from "./line.ts";
import { digestOf, type Material } from "./source.ts";
import { Winners } from "./winners.ts";

/** {s} Longer than a local network's: winners must outlive the faults. */
const ROUND_SECONDS = 300;
/** {wei} */
const DEPOSIT = parseEther("500");
/** {bytes} Of evidence, so that it does not fill the small disks by itself. */
const EVIDENCE_BYTES = 100_000_000;

export interface SceneOptions {
  readonly dir: string;
  readonly material: Material;
  readonly orchestrators: number;
  /** {1} Segments at the same time, of each transcoder. */
  readonly capacity: number;
  readonly streams: number;
  /** {ms} After which a segment is published without renditions. */
  readonly deadlineMs: number;
  /** {pixels} Of the renditions of one segment: what it costs follows from that. */
  readonly pixels: bigint;
  /** {1} About so many tickets win. */
  readonly winShare: number;
  readonly ffmpeg: FfmpegInfo;
}

/** Everything that streams go through, and what can be broken. */
export interface Scene {
  readonly devnet: Devnet;
  readonly gateway: RoleProcess;
  readonly url: string;
  /** Where the gateway writes. */
  readonly out: string;
  /** All orchestrators but the first, which nobody touches. */
  readonly victims: readonly Victim[];
  readonly chainLine: Line;
  readonly winners: Winners;
  readonly opening: Opening;
  /** Whether an orchestrator has sent these bytes, by their digest. */
  readonly isGenuine: (digest: string) => boolean;
  /** Requests with one ticket of which more than one was answered with renditions. */
  readonly soldTwice: () => number;
  /** Resolves with the gateway's account of a stream, when it has ended. */
  readonly ended: (name: string) => Promise<LogLine>;
  close(): Promise<void>;
}

export async function openScene(
  network: HardhatRuntimeEnvironment["network"],
  { dir, material, orchestrators, capacity, streams, deadlineMs, pixels, winShare, ffmpeg }: SceneOptions,
): Promise<Scene> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const chain = await startChain(network, ROUND_SECONDS);
    closers.push(() => chain.close());
    const chainLine = await Line.open(chain.rpcUrl);
    closers.push(() => chainLine.close());

    const genuine = new Set<string>();
    const sales = new Map<string, number>();
    const onReply = ({ path, body: ordered }: Request, { status, body, headers }: Reply) => {
      if (path !== SEGMENT_PATH || status !== 200) return;
      const order = createHash("sha256").update(ordered).digest("hex");
      sales.set(order, (sales.get(order) ?? 0) + 1);
      for (const { bytes } of decodeForm(body, headers["content-type"] ?? "").files) genuine.add(digestOf(bytes));
    };

    const nodes = join(dir, "nodes");
    const disks = new Map<string, Disk>();
    for (let number = 2; number <= orchestrators; number++) {
      const name = `orchestrator-${number}`;
      const disk = await openDisk(join(nodes, name, "data"));
      if (disk === null) continue;
      disks.set(name, disk);
      closers.push(() => disk.close());
    }
    await mkdir(nodes, { recursive: true });
    const breakable = await BreakableFfmpeg.make(join(nodes, "ffmpeg"), ffmpeg.path);
    const lines = new Map<string, Line>();
    const winners = new Winners();
    const perMillion = BigInt(Math.round(Number(FACE_VALUE) * winShare)) * 1_000_000n;
    const devnet = await Devnet.start({
      ...{ rpcUrl: chain.rpcUrl, nodesRpcUrl: chainLine.url, dir: nodes, orchestrators },
      ...{ faceValue: FACE_VALUE, price: perMillion / pixels, deposit: DEPOSIT },
      parameters: (given) => ({ ...given, rounds: { ...given.rounds, roundLength: ROUND_SECONDS } }),
      settings: {
        transcoder: { capacity, ffmpeg: { path: breakable.path } },
        orchestrator: { disputes: { storeBytes: EVIDENCE_BYTES } },
        broadcaster: { ffmpeg: { path: ffmpeg.path } },
      },
      advertise: async (url, name) => {
        const line = await Line.open(url, onReply);
        closers.push(() => line.close());
        lines.set(name, line);
        return line.url;
      },
      onLine: (name, line) => winners.read(name, line),
    });
    closers.push(() => devnet.close());

    const out = join(dir, "live");
    const gateway = await devnet.startBroadcaster({
      out,
      ladder: material.ladder,
      live: { listen: { port: 0 }, record: true, deadlineMs, streams: Math.max(64, 2 * streams), reconnectMs: 30_000 },
    });
    const { url } = await gateway.line("ready");
    const endings = new Map<string, PromiseWithResolvers<LogLine>>();
    const endingOf = (name: string) => {
      const known = endings.get(name) ?? Promise.withResolvers<LogLine>();
      endings.set(name, known);
      return known;
    };
    gateway.onLine((line) => {
      if (line.msg === "stream ended") endingOf(String(line["name"])).resolve(line);
    });

    return {
      ...{ devnet, gateway, out, chainLine, winners, close },
      url: String(url),
      opening: await openLedger(devnet),
      victims: devnet.orchestrators.slice(1).map((orchestrator) => ({
        orchestrator,
        line: lines.get(orchestrator.name)!,
        disk: disks.get(orchestrator.name)?.directory ?? null,
        breakFfmpeg: (how) => breakable.break(orchestrator.transcoder, how),
      })),
      isGenuine: (digest) => genuine.has(digest),
      soldTwice: () => [...sales.values()].filter((times) => times > 1).length,
      ended: async (name) => {
        const line = await endingOf(name).promise;
        endings.delete(name);
        return line;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SourceSegment } from "../../../offchain/media/interface.ts";
import type { DevnetOrchestrator } from "../../devnet/network.ts";
import type { RoleProcess } from "../../devnet/processes.ts";
import type { Clip } from "./clip.ts";
import type { BenchNetwork } from "./network.ts";
import type { Sizes } from "./sizes.ts";
import { median, spread } from "./statistics.ts";

/** {ms} Between two looks for who has a segment, and for how long one looks. */
const LOOK_MS = 10;
const PATIENCE_MS = 10_000;

/** How an orchestrator is lost: its connections break, or they stay and nothing comes. */
type Loss = "killed" | "stopped";

export type Live = Awaited<ReturnType<typeof measureLive>>;

/**
 * Pushes segments to a live gateway at their own speed, and then takes away who has one in its hands, time and again.
 */
export async function measureLive(
  { undisturbed, switches }: Pick<Sizes, "undisturbed" | "switches">,
  { clip, segments }: { readonly clip: Clip; readonly segments: readonly SourceSegment[] },
  network: BenchNetwork,
) {
  const needed = undisturbed + 2 * switches;
  if (segments.length < needed) throw new Error(`the clip has ${segments.length} segments, ${needed} are needed`);
  const gateway = await Gateway.start(network, clip);
  try {
    const latencies: number[] = [];
    for (const segment of segments.slice(0, undisturbed)) {
      const next = delay(segment.info.durationMs);
      latencies.push(await gateway.deliver(segment));
      await next;
    }
    const usual = median(latencies);
    const added: Record<Loss, number[]> = { killed: [], stopped: [] };
    for (const [index, segment] of segments.slice(undisturbed, needed).entries()) {
      const loss = index % 2 === 0 ? "killed" : "stopped";
      added[loss].push((await gateway.deliver(segment, loss)) - usual);
    }
    return {
      latencySeconds: spread(latencies, 3),
      segmentSeconds: clip.plan.segmentMs / 1_000,
      switchSeconds: { killed: spread(added.killed, 3), stopped: spread(added.stopped, 3) },
    };
  } finally {
    await gateway.close();
  }
}

class Gateway {
  readonly #process: RoleProcess;
  readonly #url: string;
  readonly #network: BenchNetwork;
  readonly #variants: readonly string[];

  private constructor(process: RoleProcess, url: string, network: BenchNetwork, clip: Clip) {
    this.#process = process;
    this.#url = url;
    this.#network = network;
    this.#variants = clip.renditions.map(({ name }) => name);
  }

  static async start(network: BenchNetwork, clip: Clip): Promise<Gateway> {
    const process = await network.devnet.startBroadcaster({
      out: join(network.dir, "live"),
      selection: { maximumPrice: "1000000000000000", judgedOnly: true },
      // Orchestrators are lost more often here than the usual share of hedges provides for.
      delivery: { hedgeShare: 1 },
      live: { listen: { port: 0 }, deadlineMs: 30_000 },
    });
    return new Gateway(process, String((await process.line("ready"))["url"]), network, clip);
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  /**
   * {s} From when a segment's last byte has left until all renditions are listed.
   * @param loss what happens to who works on it
   */
  async deliver({ sequence, bytes }: SourceSegment, loss?: Loss): Promise<number> {
    const listed = this.#delivered(sequence);
    listed.catch(() => undefined);
    const counts = await this.#received();
    const sent = await this.#push(sequence, bytes);
    const recover = loss === undefined ? undefined : await this.#lose(loss, counts);
    const at = await listed;
    await this.#requireListed(sequence);
    await recover?.();
    return (at - sent) / 1_000;
  }

  /** {ms} When the log says that a segment is in the playlists. */
  #delivered(sequence: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const stop = this.#process.onLine((line) => {
        if (line["sequence"] !== sequence) return;
        if (line.msg !== "segment delivered" && line.msg !== "segment missing") return;
        const at = performance.now();
        stop();
        if (line.msg === "segment delivered") resolve(at);
        else reject(new Error(`segment ${sequence} was not delivered`));
      });
    });
  }

  async #requireListed(sequence: number): Promise<void> {
    const master = await (await fetch(`${this.#url}/stream/bench.m3u8`)).text();
    for (const variant of this.#variants) {
      const path = new RegExp(`^\\S*\\b${variant}/index\\.m3u8$`, "m").exec(master)?.[0];
      const playlist = path === undefined ? "" : await (await fetch(`${this.#url}/stream/${path}`)).text();
      if (!new RegExp(`^${sequence}\\.ts$`, "m").test(playlist) || playlist.includes("#EXT-X-GAP"))
        throw new Error(`segment ${sequence} is not in the playlist of ${variant}`);
    }
  }

  /** {ms} When the last byte was handed to the system. */
  #push(sequence: number, bytes: Buffer): Promise<number> {
    const headers = { "content-type": "video/mp2t", "content-length": bytes.length };
    return new Promise((resolve, reject) => {
      let sent = NaN;
      const pushed = request(`${this.#url}/live/bench/${sequence}.ts`, { method: "PUT", headers }, (answer) => {
        answer.resume();
        if (answer.statusCode === 200) resolve(sent);
        else reject(new Error(`the gateway answered ${answer.statusCode}`));
      });
      pushed.on("finish", () => (sent = performance.now())).on("error", reject);
      pushed.end(bytes);
    });
  }

  #received(): Promise<number[]> {
    return Promise.all(this.#network.devnet.orchestrators.map(async (one) => (await one.status()).tickets.received));
  }

  /** Takes away who has received a ticket since. The answer brings it back, and waits until the gateway has found it. */
  async #lose(loss: Loss, before: readonly number[]): Promise<() => Promise<void>> {
    const holder = await this.#holder(before);
    const { pid } = holder.process;
    if (pid === undefined) throw new Error(`${holder.name} does not run`);
    const back = this.#process.line("orchestrator is back");
    back.catch(() => undefined);
    if (loss === "killed") await holder.kill();
    else process.kill(pid, "SIGSTOP");
    return async () => {
      if (loss === "killed") await holder.restart();
      else process.kill(pid, "SIGCONT");
      await back;
    };
  }

  async #holder(before: readonly number[]): Promise<DevnetOrchestrator> {
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until) {
      const index = (await this.#received()).findIndex((count, i) => count > before[i]!);
      if (index >= 0) return this.#network.devnet.orchestrators[index]!;
      await delay(LOOK_MS);
    }
    throw new Error("nobody has the segment");
  }
}

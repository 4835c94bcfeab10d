// A process that streams on a chain which was prepared for it, in that chain's time. Argument: `Orders` as JSON. Output: a line of JSON at the end.
import { join } from "node:path";
import type { Deployment } from "../../../deploy/contracts.ts";
import { createRunner, resolveFfmpeg } from "../../../offchain/media/ffmpeg.ts";
import { runGuilty } from "../../demo/fault/run.ts";
import { openMedia, priceFor, streamAndAccount } from "../../demo/run.ts";
import { Devnet, FACE_VALUE } from "../../devnet/network.ts";
import { reasonOf } from "../play.ts";

export interface Orders {
  readonly scenario: "stream" | "spoilt";
  readonly rpcUrl: string;
  readonly deployment: Deployment;
  /** Everything that is written goes here. */
  readonly dir: string;
}

/** {s} Of the clips. */
const SECONDS = { stream: 6, spoilt: 4 } as const;
/** {%} Of the tickets that win: all but one in a hundred thousand streams of three segments have one that does. */
const WINNING = 98n;

/** @returns what was not as it should be */
async function play({ scenario, rpcUrl, deployment, dir }: Orders, signal: AbortSignal): Promise<readonly string[]> {
  const network = { rpcUrl, existing: deployment, nodeOptions: process.execArgv };
  if (scenario === "spoilt")
    return runGuilty({ out: join(dir, "fault"), seconds: SECONDS.spoilt, cheat: "frames", signal }, network);

  const ffmpeg = await resolveFfmpeg();
  const quiet = () => undefined;
  const options = { input: undefined, seconds: SECONDS.stream, realtime: false, signal };
  const media = await openMedia(createRunner(ffmpeg), options, dir, quiet);
  const devnet = await Devnet.start({
    ...network,
    dir: join(dir, "nodes"),
    orchestrators: 2,
    faceValue: FACE_VALUE,
    price: priceFor(media, WINNING),
    settings: {
      broadcaster: { ffmpeg: { path: ffmpeg.path } },
      transcoder: { ffmpeg: { path: ffmpeg.path } },
    },
  });
  try {
    const { won, failures } = await streamAndAccount(devnet, media, options, dir, quiet);
    return [...failures, ...(won === 0 ? ["no ticket has won"] : [])];
  } finally {
    await devnet.close();
  }
}

const ENDS = ["SIGINT", "SIGTERM", "disconnect"] as const;
const told = new AbortController();
// The last one: whoever has started it is gone.
const end = () => told.abort(new Error("interrupted"));
for (const event of ENDS) process.on(event, end);

const orders = JSON.parse(process.argv[2] ?? "") as Orders;
const failures = await play(orders, told.signal).catch((error: unknown) => [reasonOf(error)]);
for (const event of ENDS) process.off(event, end);
process.stdout.write(`${JSON.stringify({ msg: "played", failures })}\n`);
if (process.connected) process.disconnect();

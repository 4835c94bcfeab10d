/** What ffmpeg says about an input before it starts. Its wording has been stable for a decade; no ffprobe is needed. */
export interface InputBanner {
  /** Names of the demuxer: `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly container: string;
  readonly durationMs: number | null;
  readonly video: {
    readonly codec: string;
    readonly pixelFormat: string;
    readonly width: number;
    readonly height: number;
    readonly frameRate: number | null;
    readonly rotation: number;
  } | null;
  readonly audioCodec: string | null;
}

/** Null while the text doesn't hold a whole description of the input. */
export function readBanner(said: string): InputBanner | null {
  const container = /^Input #0, (.+?), from /m.exec(said)?.[1];
  if (container === undefined) return null;
  const input = said.split(/^(?:Output #0|Stream mapping:)/m)[0] ?? "";
  const streams = input.split(/^ {2}(?=Stream #0:)/m).slice(1);
  // A cover picture is not the video.
  const video = streams.find((stream) => /^[^\n]*?: Video: /.test(stream) && !/^[^\n]*\(attached pic\)/.test(stream));
  const audio = streams
    .map((stream) => /^[^\n]*?: Audio: (\w+)/.exec(stream)?.[1])
    .find((codec) => codec !== undefined);
  const duration = /^ {2}Duration: (\d+):(\d\d):(\d\d\.\d+)/m.exec(input);
  return {
    container,
    durationMs:
      duration === null
        ? null
        : Math.round((Number(duration[1]) * 3_600 + Number(duration[2]) * 60 + Number(duration[3])) * 1_000),
    video: video === undefined ? null : readVideo(video),
    audioCodec: audio ?? null,
  };
}

/** `…: Video: h264 (High) (avc1 / 0x31637661), yuv420p(tv, bt709), 1280x720 [SAR 1:1], 25 fps, 25 tbr, …` and its side data. */
function readVideo(stream: string): InputBanner["video"] {
  const description = /: Video: ([^\n]*)/.exec(stream)?.[1] ?? "";
  // Commas within brackets don't separate.
  const items = description.split(/, (?![^()]*\))/);
  const size = items.map((item) => /^(\d+)x(\d+)(?: |$)/.exec(item)).find((match) => match !== null);
  // A source without a container states no average rate in older builds; its time base's rate is the same there.
  const rateIn = (unit: string) =>
    items.map((item) => new RegExp(`^([\\d.]+)(k?) ${unit}$`).exec(item)).find((match) => match !== null);
  const rate = rateIn("fps") ?? rateIn("tbr");
  const turned = /displaymatrix: rotation of (-?[\d.]+) degrees/.exec(stream)?.[1];
  const quarterTurns = turned === undefined ? 0 : Math.round(-Number(turned) / 90);
  return {
    codec: /^\w+/.exec(description)?.[0] ?? "unknown",
    pixelFormat: /^\w+/.exec(items[1] ?? "")?.[0] ?? "unknown",
    width: Number(size?.[1] ?? 0),
    height: Number(size?.[2] ?? 0),
    frameRate: rate === undefined || rate === null ? null : Number(rate[1]) * (rate[2] === "k" ? 1_000 : 1),
    rotation: (((quarterTurns % 4) + 4) % 4) * 90,
  };
}

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isStreamflowError, StreamflowError } from "../errors.ts";
import type { HardwareEncoder } from "./hardware.ts";
import { judgeStructure, ladderArguments } from "./ladder.ts";
import { parseSegment } from "./mpegts.ts";
import { inPrivateDirectory } from "./private-directory.ts";
import type {
  FfmpegRunner,
  Rendition,
  SegmentInfo,
  Transcode,
  TranscodedRendition,
  TranscodeOptions,
} from "./interface.ts";

export const transcode: Transcode = async (runner, segment, renditions, options) => {
  const source = parseSegment(segment);
  if (!source.startsWithKeyframe) {
    throw new StreamflowError("SegmentInvalid", "the segment is not valid: its first frame is not a keyframe");
  }
  options.signal?.throwIfAborted();
  if (renditions.length === 0) return [];
  const work = { runner, segment, source, renditions };
  const hardware = renditions.some(({ encoder }) => encoder === "fast") ? (options.hardware ?? null) : null;
  if (hardware === null) return encode(work, options, null);
  const begun = performance.now();
  try {
    return await encode(work, options, hardware);
  } catch (error) {
    if (!isStreamflowError(error, "TranscodeFailed")) throw error;
    const timeoutMs = Math.round(options.timeoutMs - (performance.now() - begun));
    if (timeoutMs <= 0) throw error;
    options.onHardwareFailure?.(error);
    return encode(work, { ...options, timeoutMs }, null);
  }
};

interface LadderWork {
  readonly runner: FfmpegRunner;
  readonly segment: Uint8Array;
  readonly source: SegmentInfo;
  readonly renditions: readonly Rendition[];
}

/** @throws TranscodeFailed, or the signal's reason */
async function encode(
  { runner, segment, source, renditions }: LadderWork,
  { signal, timeoutMs, workDir }: TranscodeOptions,
  hardware: HardwareEncoder | null,
): Promise<TranscodedRendition[]> {
  try {
    return await inPrivateDirectory(async (directory) => {
      const input = join(directory, "source.ts");
      // Positions, not names: a rendition's name never becomes a path here.
      const outputs = renditions.map((_, index) => join(directory, `${index}.ts`));
      await writeFile(input, segment);
      const job = { ...ladderArguments(renditions, { input, outputs }, hardware), timeoutMs };
      await runner.run(signal === undefined ? job : { ...job, signal });
      return await Promise.all(
        renditions.map(async (rendition, index) => {
          const bytes = await readFile(outputs[index] ?? "");
          const info = parseSegment(bytes);
          const fault = judgeStructure(source, rendition, info);
          if (fault !== null) throw new Error(`rendition ${rendition.name}: ${fault}`);
          return { name: rendition.name, bytes, info };
        }),
      );
    }, workDir);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const data = isStreamflowError(error) ? error.data : {};
    const message = error instanceof Error ? error.message : String(error);
    throw new StreamflowError("TranscodeFailed", `the segment could not be transcoded: ${message}`, data, {
      cause: error,
    });
  }
}

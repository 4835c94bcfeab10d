import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isStreamflowError, StreamflowError } from "../errors.ts";
import { judgeStructure, ladderArguments } from "./ladder.ts";
import { parseSegment } from "./mpegts.ts";
import { inPrivateDirectory } from "./private-directory.ts";
import type { Transcode } from "./interface.ts";

export const transcode: Transcode = async (runner, segment, renditions, options) => {
  const source = parseSegment(segment);
  if (!source.startsWithKeyframe) {
    throw new StreamflowError("SegmentInvalid", "the segment is not valid: its first frame is not a keyframe");
  }
  const { signal, timeoutMs } = options;
  signal?.throwIfAborted();
  if (renditions.length === 0) return [];
  try {
    return await inPrivateDirectory(async (directory) => {
      const input = join(directory, "source.ts");
      // Positions, not names: a rendition's name never becomes a path here.
      const outputs = renditions.map((_, index) => join(directory, `${index}.ts`));
      await writeFile(input, segment);
      const job = { ...ladderArguments(renditions, { input, outputs }), timeoutMs };
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
    }, options.workDir);
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const data = isStreamflowError(error) ? error.data : {};
    const message = error instanceof Error ? error.message : String(error);
    throw new StreamflowError("TranscodeFailed", `the segment could not be transcoded: ${message}`, data, {
      cause: error,
    });
  }
};

import type { TranscodedRendition } from "../media/interface.ts";
import { judgeStructure } from "../media/ladder.ts";
import { parseSegment } from "../media/mpegts.ts";
import type { Work } from "./interface.ts";

/**
 * What a transcoder sent, in the order asked for. It is not trusted: each part is judged against the source.
 * @throws Error that says what does not fit
 */
export function judgedRenditions(
  { source, renditions }: Pick<Work, "source" | "renditions">,
  parts: readonly Uint8Array[],
): TranscodedRendition[] {
  if (parts.length !== renditions.length) throw new Error(`${parts.length} renditions for ${renditions.length} asked`);
  return renditions.map((rendition, index) => {
    const part = parts[index] as Uint8Array;
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    const info = parseSegment(bytes);
    const fault = judgeStructure(source, rendition, info);
    if (fault !== null) throw new Error(`rendition ${rendition.name}: ${fault}`);
    return { name: rendition.name, bytes, info };
  });
}

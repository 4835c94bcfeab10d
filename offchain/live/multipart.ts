import { randomBytes } from "node:crypto";
import type { TranscodedRendition } from "../media/interface.ts";
import { SEGMENT_TYPE } from "../media/storage/interface.ts";

const LINE = "\r\n";

/** The renditions of a segment as one `multipart/mixed` body, a part each, as clients of the live network read it. */
export function encodeRenditions(
  number: number,
  renditions: readonly Pick<TranscodedRendition, "name" | "bytes" | "info">[],
): { body: Buffer; contentType: string } {
  const boundary = randomBytes(24).toString("hex");
  const chunks = renditions.flatMap(({ name, bytes, info: { video, durationMs } }) => {
    const headers = [
      `--${boundary}`,
      `Content-Type: ${SEGMENT_TYPE}`,
      `Content-Length: ${bytes.length}`,
      `Content-Disposition: attachment; filename="${name}_${number}.ts"`,
      `Rendition-Name: ${name}`,
      `Content-Resolution: ${video.width}x${video.height}`,
      `Content-Duration: ${durationMs}`,
    ];
    return [Buffer.from(headers.join(LINE) + LINE + LINE), bytes, Buffer.from(LINE)];
  });
  const body = Buffer.concat([...chunks, Buffer.from(`--${boundary}--${LINE}`)]);
  return { body, contentType: `multipart/mixed; boundary="${boundary}"` };
}

import { parseSegment } from "../../../offchain/media/mpegts.ts";
import type { Work } from "../../../offchain/pool/interface.ts";
import { pictureParameters, sequenceParameters, slice, transportStream } from "../media/synthetic.ts";

const SIZE = { width: 32, height: 16 };
export const MEDIA = transportStream([
  {
    pts: 900_000,
    payload: [
      ...sequenceParameters({ width: 2, height: 1 }),
      ...pictureParameters(),
      ...slice({ frameNumber: 0, idr: true }),
    ],
  },
]);
const RENDITION = { name: "small", ...SIZE, encoder: "auditable", preset: "veryfast", crf: 23 } as const;
/** A source of one picture, which is a good rendition of itself. */
export const WORK: Work = { media: MEDIA, source: parseSegment(MEDIA), renditions: [RENDITION], timeoutMs: 60_000 };

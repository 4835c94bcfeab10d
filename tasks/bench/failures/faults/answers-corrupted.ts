import { SEGMENT_PATH } from "../../../../offchain/net/wire.ts";
import type { Random } from "../../../../sim/engine/random.ts";
import type { Reply } from "../line.ts";
import type { Fault } from "./interface.ts";

/** Of every answer with renditions a bit is flipped, or its end is missing, or it is an older one. */
export const answersCorrupted: Fault = {
  kind: "answers corrupted",
  seconds: [5, 15],
  begin: ({ line }, _surroundings, random) => {
    let older: Reply | null = null;
    line.disturb(async (request, send) => {
      const reply = await send(request);
      if (request.path !== SEGMENT_PATH || reply.status !== 200) return reply;
      const before = older;
      older = reply;
      if (before !== null && random.chance(0.25)) return before;
      return { ...reply, body: random.chance(0.75) ? flipped(reply.body, random) : shortened(reply.body, random) };
    });
    return Promise.resolve(() => Promise.resolve(line.heal()));
  },
};

function flipped(body: Buffer, random: Random): Buffer {
  const changed = Buffer.from(body);
  const at = Math.floor(random.fraction() * changed.length);
  changed[at] = changed[at]! ^ (1 << Math.floor(random.fraction() * 8));
  return changed;
}

const shortened = (body: Buffer, random: Random): Buffer =>
  body.subarray(0, Math.floor(random.fraction() * body.length));

import type { Fault } from "./interface.ts";

/** What a transcoder's ffmpeg writes is cut off, or there is nothing, or it does not end. */
export const encoderBroken: Fault = {
  kind: "encoder broken",
  seconds: [5, 20],
  begin: async ({ breakFfmpeg }, _surroundings, random) => {
    await breakFfmpeg(random.pick(["fails", "cuts", "hangs"] as const));
    return () => breakFfmpeg(null);
  },
};

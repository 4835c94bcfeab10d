import { availableParallelism } from "node:os";
import type { Logger } from "pino";
import { probeHardwareEncoders } from "../media/encoders.ts";
import type { HardwareEncoder } from "../media/hardware.ts";
import type { FfmpegRunner } from "../media/interface.ts";
import { measure } from "../pool/benchmark.ts";
import { LocalTranscoder } from "../pool/local.ts";

export interface LocalOptions {
  readonly name: string;
  /** {1} Without it, what the benchmark says; without that, one for each core. */
  readonly capacity: number | undefined;
  /** Whether it measures itself before it begins. */
  readonly benchmark: boolean;
  /** Whether what is fast may be encoded in hardware. */
  readonly hardware: boolean;
}

/** The transcoder of this machine, measured, and the hardware encoders that it has. */
export async function openLocalTranscoder(
  { name, capacity, benchmark, hardware }: LocalOptions,
  { runner, log }: { readonly runner: FfmpegRunner; readonly log: Logger },
): Promise<{ readonly local: LocalTranscoder; readonly encoders: HardwareEncoder[] }> {
  const cores = availableParallelism();
  const measured = benchmark ? await measure(runner, { cores, capacity }) : null;
  const encoders = hardware ? await probeHardwareEncoders(runner.ffmpeg) : [];
  const local = new LocalTranscoder(
    {
      name,
      capacity: measured?.capacity ?? capacity ?? cores,
      speed: measured?.speed ?? null,
      hardware: encoders[0] ?? null,
    },
    { runner, log },
  );
  log.info({ capacity: local.capacity, speed: local.speed, encoders }, "transcoder measured");
  return { local, encoders };
}

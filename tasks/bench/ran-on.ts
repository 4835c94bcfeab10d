import os from "node:os";

/** What a figure was measured on. */
export interface RanOn {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
}

export function ranOn(): RanOn {
  const cpus = os.cpus();
  return { cpu: cpus[0]?.model ?? "", cores: cpus.length, node: process.version };
}

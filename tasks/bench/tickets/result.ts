import { z } from "zod";

export const optionsSchema = z.strictObject({
  /** The store's file. */
  path: z.string(),
  tickets: z.int().positive(),
  senders: z.int().positive(),
  /** Protocol rounds over which the tickets are spread. */
  rounds: z.int().positive(),
});
export type Options = z.infer<typeof optionsSchema>;

const ratesSchema = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });
/** Per CPU second. */
export type Rates = z.infer<typeof ratesSchema>;

export const workerResultSchema = z.strictObject({
  curve: z.enum(["native", "wasm"]),
  receive: ratesSchema,
  sign: ratesSchema,
  /** Recovery of the signer alone: nothing that recovers can be faster. */
  recover: ratesSchema,
  ethers: ratesSchema,
  winners: z.int(),
  /** {MB} After each tenth of the tickets. */
  memoryMb: z.array(z.number()),
});
export type WorkerResult = z.infer<typeof workerResultSchema>;

/** The file that is kept. Rates are medians per CPU second; `timesEthers` compares what the same process measured. */
export function summarize(run: {
  native: WorkerResult;
  wasm: WorkerResult;
  tickets: number;
  senders: number;
  cpu: string;
}) {
  const { native, wasm, tickets, senders, cpu } = run;
  return {
    ticketsPerCpuSecond: {
      native: native.receive.median,
      wasm: wasm.receive.median,
      ethers: native.ethers.median,
    },
    timesEthers: { native: timesEthers(native), wasm: timesEthers(wasm) },
    signsPerCpuSecond: native.sign.median,
    recoversPerCpuSecond: { native: native.recover.median, wasm: wasm.recover.median },
    memoryMb: native.memoryMb,
    tickets,
    senders,
    winners: native.winners,
    runs: { native, wasm },
    cpu,
  };
}
export type Summary = ReturnType<typeof summarize>;

function timesEthers({ receive, ethers }: WorkerResult): number {
  return Math.round((receive.median / ethers.median) * 10) / 10;
}

export const TABLE_HEAD = ["", "tickets received", "times ethers", "signed", "signers recovered"];

export function tableRows({ runs, timesEthers }: Summary): string[][] {
  const count = (value: number): string => value.toLocaleString("en");
  const rows = (["native", "wasm"] as const).map((curve) => {
    const { receive, sign, recover } = runs[curve];
    return [curve, count(receive.median), String(timesEthers[curve]), count(sign.median), count(recover.median)];
  });
  return [...rows, ["ethers", count(runs.native.ethers.median), "1", "", ""]];
}

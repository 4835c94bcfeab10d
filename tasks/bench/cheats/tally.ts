import type { SampleRecord } from "./options.ts";

/** Of one kind of output, how many were found by what. */
export interface Row {
  readonly kind: string;
  readonly samples: number;
  /** By the structure: no picture is needed. */
  readonly structure: number;
  /** By small pictures: rejected, and looked at more closely. */
  readonly grayFailed: number;
  readonly graySuspect: number;
  /** By an own encode: other bits. */
  readonly different: number;
  /** When it is encoded again, or small pictures were drawn only: rejected as it was ordered. */
  readonly rejected: number;
  readonly rejectedByGray: number;
  /** The same by pictures alone, as if it were ordered fast. */
  readonly fastRejected: number;
  readonly fastRejectedByGray: number;
}

export interface Tally {
  readonly honest: readonly Row[];
  readonly cheats: readonly Row[];
  /** Largest and smallest figures of honest outputs. */
  readonly extremes: Readonly<Record<string, number>>;
}

export function tally(records: readonly SampleRecord[]): Tally {
  const honest = records.filter((record) => record.honest);
  return {
    honest: rowsOf(honest),
    cheats: rowsOf(records.filter((record) => !record.honest)),
    extremes: extremesOf(honest),
  };
}

const isRejected = ({ encoder, isEqual, final }: SampleRecord): boolean =>
  encoder === "auditable" ? !isEqual : final === "failed";

function rowsOf(records: readonly SampleRecord[]): Row[] {
  const byKind = Map.groupBy(records, ({ kind }) => kind);
  return [...byKind].map(([kind, all]) => {
    const count = (is: (record: SampleRecord) => boolean) => all.filter(is).length;
    const looked = ({ structure }: SampleRecord) => !structure;
    return {
      kind,
      samples: all.length,
      structure: count(({ structure }) => structure),
      grayFailed: count((one) => looked(one) && one.gray === "failed"),
      graySuspect: count((one) => looked(one) && one.gray === "suspect"),
      different: count((one) => looked(one) && !one.isEqual),
      rejected: count((one) => looked(one) && isRejected(one)),
      rejectedByGray: count((one) => looked(one) && one.gray !== "passed" && isRejected(one)),
      fastRejected: count((one) => looked(one) && one.final === "failed"),
      fastRejectedByGray: count((one) => looked(one) && one.gray !== "passed" && one.final === "failed"),
    };
  });
}

function extremesOf(records: readonly SampleRecord[]): Record<string, number> {
  const all = (name: string) => records.flatMap(({ figures }) => figures[name] ?? []);
  const most = (name: string) => all(name).reduce((a, b) => Math.max(a, b), -Infinity);
  const least = (name: string) => all(name).reduce((a, b) => Math.min(a, b), Infinity);
  const extremes = {
    ...{ blk: most("blk"), hue: most("hue"), dup: most("dup"), worst: least("worst") },
    ...{ deltaPsnr: least("deltaPsnr"), detail: least("detail") },
  };
  return Object.fromEntries(Object.entries(extremes).map(([name, figure]) => [name, Number(figure.toFixed(2))]));
}

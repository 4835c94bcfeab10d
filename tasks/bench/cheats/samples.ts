import { Random } from "../../../sim/engine/random.ts";
import { createReference } from "../../../offchain/media/checks/reference.ts";
import type { EncoderPreset, FfmpegRunner, Rendition, Transcode } from "../../../offchain/media/interface.ts";
import { fitLadder } from "../../../offchain/media/ladder.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import type { Clip } from "./clips.ts";
import type { Honest } from "./honest.ts";
import { KINDS } from "./kinds.ts";
import { type SampleRecord, TIMEOUT_MS } from "./options.ts";
import { outcomeOf } from "./record.ts";

const SEED = 2_024;
const SHORT_SIDES = [144, 240, 360];
const PRESETS: readonly EncoderPreset[] = ["ultrafast", "superfast", "veryfast", "fast"];
const FACTORS = [20, 23, 26, 30];

export interface SampleOptions {
  readonly set: SampleRecord["set"];
  /** Of each kind of cheat. */
  readonly cheats: number;
  /** Of honest outputs that are made as they were ordered. */
  readonly ordered: number;
  /** Of those that other encoders make. */
  readonly others: number;
}

export interface SampleModules {
  readonly runner: FfmpegRunner;
  readonly ordered: readonly Honest[];
  readonly others: readonly Honest[];
  /** Whether this one is in the journal already. */
  readonly isKnown: (sample: Pick<SampleRecord, "set" | "kind" | "clip" | "sequence" | "asked">) => boolean;
  readonly onRecord: (record: SampleRecord) => void;
}

/** Makes and looks at outputs, the same ones in every run, a few of each kind at a time, so that a run that is ended early has some of all. */
export async function takeSamples(
  { set, cheats, ...wanted }: SampleOptions,
  clips: readonly Clip[],
  { runner, ordered, others, isKnown, onRecord }: SampleModules,
): Promise<void> {
  const random = new Random(SEED, 0);
  const modules = { runner, transcode: remembering(transcode), isReference: createReference(runner) };
  if (!(await modules.isReference())) throw new Error("this ffmpeg does not make the auditable profile's bits");
  const moving = clips.filter(({ isStill }) => !isStill);
  const draw = (from: readonly Clip[], first = 0) => {
    const clip = random.pick(from);
    const source = random.pick(clip.segments.slice(Math.min(first, clip.segments.length - 1)));
    const asked = renditionOf(source.info.video, random);
    return { clip, source, asked };
  };
  const look = async (
    kind: string,
    about: Pick<SampleRecord, "honest" | "encoder">,
    { clip, source, asked }: ReturnType<typeof draw>,
    make: () => Promise<Buffer>,
  ): Promise<void> => {
    const name = `${asked.width}x${asked.height} ${asked.preset} ${asked.crf}`;
    const sample = { set, kind, clip: clip.name, sequence: source.sequence, asked: name };
    if (isKnown(sample)) return;
    const outcome = await outcomeOf(modules, source, { ...asked, encoder: about.encoder }, await make());
    onRecord({ ...sample, ...about, ...outcome });
  };
  const own = async ({ source, asked }: ReturnType<typeof draw>) =>
    (await modules.transcode(runner, source.bytes, [asked], { timeoutMs: TIMEOUT_MS }))[0]!.bytes;

  const orderedRounds = Math.ceil(wanted.ordered / ordered.length);
  const otherRounds = Math.ceil(wanted.others / others.length);
  const rounds = Math.max(cheats, orderedRounds, otherRounds);
  for (let round = 0; round < rounds; round++) {
    // What is drawn does not depend on what is known.
    const drawn = draw(clips);
    for (const { name, encoder, make } of [
      ...(round < orderedRounds ? ordered : []),
      ...(round < otherRounds ? others : []),
    ]) {
      const asked = { ...drawn.asked, encoder };
      await look(name, { honest: true, encoder }, drawn, async () =>
        make(drawn.source.bytes, asked, (await own(drawn)).length, drawn.source.info.durationMs),
      );
    }
    for (const kind of KINDS) {
      const cheated = draw(moving, 1);
      const other = random.pick(random.pick(moving.filter(({ name }) => name !== cheated.clip.name)).segments);
      const at = cheated.clip.segments.indexOf(cheated.source);
      const previous = cheated.clip.segments[Math.max(0, at - 1)]!;
      const stream = new Random(round + 1, 1);
      if (round >= cheats || previous === cheated.source) continue;
      await look(kind.name, { honest: false, encoder: "auditable" }, cheated, async () =>
        kind.make({
          ...{ runner, previous, other, source: cheated.source, asked: cheated.asked },
          honest: await own(cheated),
          random: () => stream.fraction(),
        }),
      );
    }
  }
}

function renditionOf(source: { width: number; height: number }, random: Random): Rendition {
  const profile = {
    name: "sample",
    shortSide: random.pick(SHORT_SIDES),
    encoder: "auditable" as const,
    preset: random.pick(PRESETS),
    crf: random.pick(FACTORS),
  };
  return fitLadder([profile], source)[0]!;
}

/** Own encodes are made once: several outputs of a segment are compared with the same. */
function remembering(make: Transcode): Transcode {
  let last: { readonly key: string; readonly segment: Uint8Array; readonly made: ReturnType<Transcode> } | null = null;
  return (runner, segment, renditions, options) => {
    const key = JSON.stringify(renditions);
    if (last === null || last.key !== key || last.segment !== segment)
      last = { key, segment, made: make(runner, segment, renditions, options) };
    return last.made;
  };
}

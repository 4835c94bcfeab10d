import { expect } from "chai";
import { createRequire } from "node:module";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cutSegments, planIngest } from "../../../offchain/media/cut.ts";
import { closeOutput } from "../../../offchain/media/hls/close.ts";
import { createHlsWriter } from "../../../offchain/media/hls/writer.ts";
import { StreamflowError } from "../../../offchain/errors.ts";
import { DirectoryStorage } from "../../../offchain/media/storage/directory.ts";
import type { Storage } from "../../../offchain/media/storage/interface.ts";
import { fitLadder } from "../../../offchain/media/ladder.ts";
import { probeInput } from "../../../offchain/media/probe.ts";
import { createRunner } from "../../../offchain/media/runner.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import type { Rendition, SourceSegment, TranscodedRendition } from "../../../offchain/media/interface.ts";
import { codeOf, SMALL_LADDER, Workshop } from "./clips.ts";

interface ParsedSegment {
  readonly uri: string;
  readonly duration: number;
  readonly discontinuity?: boolean;
}
interface Manifest {
  readonly version: number;
  readonly playlistType: string;
  readonly endList?: boolean;
  readonly targetDuration: number;
  readonly mediaSequence: number;
  readonly segments: ParsedSegment[];
  readonly playlists?: { uri: string; attributes: Record<string, unknown> }[];
}
type Parser = new () => { push(text: string): void; end(): void; manifest: Manifest };
// The library has no types of its own.
const { Parser } = createRequire(import.meta.url)("m3u8-parser") as { Parser: Parser };

async function read(...path: string[]): Promise<Manifest> {
  const parser = new Parser();
  parser.push(await readFile(join(...path), "utf8"));
  parser.end();
  return parser.manifest;
}

describe("createHlsWriter", () => {
  let workshop: Workshop;
  let renditions: Rendition[];
  let pieces: { segment: SourceSegment; results: TranscodedRendition[] }[];

  before(async () => {
    workshop = await Workshop.open();
    const input = { path: await workshop.clip("normal.mp4") };
    const plan = planIngest(await probeInput(workshop.ffmpeg, input));
    renditions = fitLadder(SMALL_LADDER, plan);
    pieces = [];
    for await (const segment of cutSegments(workshop.ffmpeg, input, { ...plan })) {
      const results = await transcode(createRunner(workshop.ffmpeg), segment.bytes, renditions, { timeoutMs: 60_000 });
      pieces.push({ segment, results });
    }
  });
  after(() => workshop.close());

  /** Decodes a playlist as a player would; ffmpeg's warnings count as faults too. */
  const decode = (directory: string, variant: string): Promise<string> => {
    const input = ["-v", "warning", "-copyts", "-i", join(directory, variant, "index.m3u8"), "-map", "0:v:0"];
    return workshop.run([...input, "-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-f", "framecrc", "-"]);
  };

  describe("refuses", () => {
    const rendition = { name: "a", width: 64, height: 32, encoder: "auditable", preset: "veryfast", crf: 23 } as const;
    for (const name of ["../a", "a/b", "", ".", "source", "A"]) {
      it(`a rendition called ${JSON.stringify(name)}`, async () => {
        const make = (): unknown =>
          createHlsWriter({ storage: new DirectoryStorage(workshop.path("x")), renditions: [{ ...rendition, name }] });
        expect(await codeOf(make)).to.equal("RenditionInvalid");
      });
    }

    it("two renditions of one name", async () => {
      const make = (): unknown =>
        createHlsWriter({ storage: new DirectoryStorage(workshop.path("x")), renditions: [rendition, rendition] });
      expect(await codeOf(make)).to.equal("RenditionInvalid");
    });

    it("a result that is not of the stream, and goes on afterwards", async () => {
      const directory = workshop.path("unknown");
      const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });
      const [{ segment, results }] = pieces as [(typeof pieces)[0]];
      for (const name of ["../escape", "source"]) {
        expect(await codeOf(writer.append(segment, [{ ...results[0]!, name }]))).to.equal("RenditionInvalid");
      }
      await writer.append(segment, results);
      expect((await read(directory, "120p", "index.m3u8")).segments).to.have.length(1);
    });

    it("segments out of order, and segments after the end", async () => {
      const writer = createHlsWriter({ storage: new DirectoryStorage(workshop.path("order")), renditions });
      await writer.append(pieces[0]!.segment, pieces[0]!.results);
      expect(await codeOf(writer.append(pieces[2]!.segment, pieces[2]!.results))).to.include("out of order");
      await writer.end();
      expect(await codeOf(writer.append(pieces[1]!.segment, pieces[1]!.results))).to.include("after the end");
    });
  });

  it("grows an EVENT playlist while it runs and closes it as VOD", async () => {
    const directory = workshop.path("growing");
    const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });
    for (const [index, { segment, results }] of pieces.entries()) {
      await writer.append(segment, results);
      const running = await read(directory, "120p", "index.m3u8");
      expect(running).to.include({ playlistType: "EVENT", targetDuration: 2, mediaSequence: 0 });
      expect(running.endList).to.equal(undefined);
      expect(running.segments.map(({ uri }) => uri)).to.deep.equal(
        pieces.slice(0, index + 1).map((_, at) => `${at}.ts`),
      );
    }
    await writer.end();
    await writer.end();
    for (const name of ["120p", "90p", "source"]) {
      const ended = await read(directory, name, "index.m3u8");
      expect(ended).to.include({ playlistType: "VOD", endList: true });
      expect(ended.segments.map(({ duration }) => duration)).to.deep.equal([2, 2, 1]);
      expect((await readdir(join(directory, name))).sort()).to.deep.equal(["0.ts", "1.ts", "2.ts", "index.m3u8"]);
    }
  });

  it("keeps calls in their order when nobody waits for them", async () => {
    const directory = workshop.path("queued");
    const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });
    await Promise.all([...pieces.map(({ segment, results }) => writer.append(segment, results)), writer.end()]);
    expect((await read(directory, "source", "index.m3u8")).segments).to.have.length(3);
  });

  it("describes each variant in the master playlist", async () => {
    const directory = workshop.path("master");
    const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });
    for (const { segment, results } of pieces) await writer.append(segment, results);
    await writer.end();
    const { playlists = [] } = await read(directory, "index.m3u8");
    expect(playlists.map(({ uri }) => uri)).to.deep.equal(["120p/index.m3u8", "90p/index.m3u8", "source/index.m3u8"]);
    for (const [index, { attributes }] of playlists.entries()) {
      const info = (piece: (typeof pieces)[0]) => (index < 2 ? piece.results[index]!.info : piece.segment.info);
      const rates = pieces.map((piece) => (info(piece).size * 8_000) / piece.segment.info.durationMs);
      const total = pieces.reduce((sum, piece) => sum + info(piece).size * 8, 0);
      const { width, height, codec } = info(pieces[0]!).video;
      expect(attributes["BANDWIDTH"]).to.equal(Math.ceil(Math.max(...rates)));
      expect(Number(attributes["AVERAGE-BANDWIDTH"])).to.equal(Math.ceil(total / 5));
      expect(attributes["RESOLUTION"]).to.deep.equal({ width, height });
      expect(attributes["CODECS"]).to.equal(`${codec},mp4a.40.2`);
      expect(Number(attributes["FRAME-RATE"])).to.equal(30);
    }
  });

  it("plays in ffmpeg, every frame at the source's time, without a warning", async () => {
    const directory = workshop.path("played");
    const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });
    for (const { segment, results } of pieces) await writer.append(segment, results);
    await writer.end();
    const times = async (variant: string): Promise<number[]> =>
      (await decode(directory, variant))
        .split("\n")
        .filter((line) => /^\d/.test(line))
        .map((line) => Number(line.split(",")[2]));
    const source = pieces.flatMap(({ segment }) => segment.info.pts);
    for (const name of ["120p", "90p", "source"]) expect(await times(name), name).to.deep.equal(source);
  });

  it("marks each missing rendition as a gap and the return from it in all variants", async () => {
    const directory = workshop.path("gaps");
    const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });
    const [first, second, third] = pieces as [(typeof pieces)[0], (typeof pieces)[0], (typeof pieces)[0]];
    const only = ({ results }: typeof first, ...names: string[]) => results.filter(({ name }) => names.includes(name));
    await writer.append(first.segment, only(first, "90p"));
    await writer.append(second.segment, only(second, "90p"));
    expect((await read(directory, "index.m3u8")).playlists?.[0]?.attributes, "without codecs yet").to.not.have.property(
      "CODECS",
    );
    await writer.append(third.segment, third.results);
    await writer.end();
    const marks = async (name: string): Promise<string> => {
      const lines = (await readFile(join(directory, name, "index.m3u8"), "utf8")).split("\n");
      return lines
        .filter((line) => /^#EXT-X-(GAP|DISCONTINUITY)$|\.ts$/.test(line))
        .join(" ")
        .replaceAll("#EXT-X-", "");
    };
    expect(await marks("120p")).to.equal("GAP 0.ts GAP 1.ts DISCONTINUITY 2.ts");
    expect(await marks("90p")).to.equal("0.ts 1.ts DISCONTINUITY 2.ts");
    expect(await marks("source")).to.equal("0.ts 1.ts DISCONTINUITY 2.ts");
    expect(await readFile(join(directory, "120p", "index.m3u8"), "utf8")).to.include("#EXT-X-VERSION:8\n");
    expect(await readdir(join(directory, "120p"))).to.not.include("0.ts");
    expect((await read(directory, "index.m3u8")).playlists?.[0]?.attributes).to.have.property("CODECS");
    // What there is still plays.
    expect((await decode(directory, "90p")).split("\n").filter((line) => /^\d/.test(line))).to.have.length(150);
  });

  it("marks a source that jumps in time", async () => {
    const directory = workshop.path("jump");
    const writer = createHlsWriter({ storage: new DirectoryStorage(directory), renditions });
    const [first, , third] = pieces as [(typeof pieces)[0], (typeof pieces)[0], (typeof pieces)[0]];
    await writer.append(first.segment, first.results);
    await writer.append({ ...third.segment, sequence: 1 }, third.results);
    const { segments } = await read(directory, "source", "index.m3u8");
    expect(segments.map(({ discontinuity }) => discontinuity === true)).to.deep.equal([false, true]);
  });

  it("reports a directory that cannot be written", async () => {
    await writeFile(workshop.path("file"), "");
    const writer = createHlsWriter({ storage: new DirectoryStorage(workshop.path("file")), renditions });
    expect(await codeOf(writer.append(pieces[0]!.segment, []))).to.equal("StorageFailed");
  });
});

describe("a live playlist", () => {
  const RENDITIONS: Rendition[] = [
    { name: "90p", width: 160, height: 90, encoder: "auditable", preset: "ultrafast", crf: 23 },
  ];
  const info = (sequence: number): SourceSegment["info"] =>
    ({
      video: { codec: "avc1.64001e", width: 320, height: 180 },
      audio: null,
      frames: 60,
      ...{ firstPts: sequence * 180_000, durationTicks: 180_000, durationMs: 2_000 },
    }) as unknown as SourceSegment["info"];
  const bytes = Buffer.from("bytes");

  /** Files in memory; those of a full disk cannot be written. */
  class Storage__Memory implements Storage {
    readonly files = new Map<string, string>();
    isFull = false;

    put(path: string, content: Uint8Array | string): Promise<void> {
      if (this.isFull) return Promise.reject(new StreamflowError("StorageFailed", "no space left"));
      this.files.set(path, typeof content === "string" ? content : "bytes");
      return Promise.resolve();
    }

    get(path: string): Promise<Buffer | null> {
      const text = this.files.get(path);
      return Promise.resolve(text === undefined ? null : Buffer.from(text));
    }

    remove(path: string): Promise<void> {
      this.files.delete(path);
      return Promise.resolve();
    }

    playlist(path: string): Manifest {
      const parser = new Parser();
      parser.push(this.files.get(path) ?? "");
      parser.end();
      return parser.manifest;
    }

    stored(variant: string): number[] {
      return [...this.files.keys()]
        .map((path) => new RegExp(`^s/${variant}/(\\d+)\\.ts$`).exec(path)?.[1])
        .filter((number) => number !== undefined)
        .map(Number)
        .sort((a, b) => a - b);
    }
  }

  async function stream(count: number, record: { segments: number } | null, gaps: number[] = [], start = 0) {
    const storage = new Storage__Memory();
    const writer = createHlsWriter({
      ...{ storage, renditions: RENDITIONS, base: "s", master: "live.m3u8" },
      live: { window: 3, record },
    });
    const append = (sequence: number) =>
      writer.append(
        { sequence, bytes, info: info(sequence) },
        gaps.includes(sequence) ? [] : [{ name: "90p", bytes, info: info(sequence) }],
      );
    for (let sequence = start; sequence < start + count; sequence++) await append(sequence);
    return { storage, writer, append };
  }

  it("N3: is a window, and as much again is stored", async () => {
    const { storage } = await stream(20, null);
    const { segments, mediaSequence, playlistType, endList } = storage.playlist("s/90p/index.m3u8");
    expect(segments.map(({ uri }) => uri)).to.deep.equal(["17.ts", "18.ts", "19.ts"]);
    expect([mediaSequence, playlistType, endList ?? false]).to.deep.equal([17, undefined, false]);
    for (const variant of ["90p", "source"]) expect(storage.stored(variant)).to.deep.equal([14, 15, 16, 17, 18, 19]);
    expect(storage.files.get("live.m3u8")).to.include("s/90p/index.m3u8").and.to.include("s/source/index.m3u8");
  });

  it("counts the discontinuities that have left it", async () => {
    const { storage } = await stream(10, null, [1, 2, 7]);
    const text = storage.files.get("s/90p/index.m3u8") ?? "";
    expect(text).to.include("#EXT-X-DISCONTINUITY-SEQUENCE:1\n");
    expect(text.match(/#EXT-X-GAP/g)).to.have.length(1);
    expect(text.match(/#EXT-X-DISCONTINUITY\n/g)).to.have.length(1);
    expect(storage.files.get("s/source/index.m3u8")).to.include("#EXT-X-DISCONTINUITY-SEQUENCE:1\n");
  });

  it("is recorded as far as it may be, and closed as VOD", async () => {
    const { storage, writer } = await stream(40, { segments: 30 });
    expect(storage.stored("90p")).to.deep.equal(Array.from({ length: 30 }, (_, index) => index + 10));
    expect(storage.playlist("s/90p/index.m3u8").segments).to.have.length(3);
    await writer.end();
    const recording = storage.playlist("s/90p/recording.m3u8");
    expect(recording.segments.map(({ uri }) => uri))
      .to.have.length(30)
      .and.to.include("10.ts");
    expect([recording.playlistType, recording.endList]).to.deep.equal(["VOD", true]);
    expect(storage.files.get("s/recording.m3u8")).to.include("90p/recording.m3u8");
    await writer.discard();
    expect(storage.stored("90p"), "a recording stays").to.have.length(30);
  });

  it("leaves nothing behind when it is discarded", async () => {
    const { storage, writer } = await stream(10, null);
    await writer.end();
    expect(storage.playlist("s/90p/index.m3u8").endList).to.equal(true);
    await writer.discard();
    expect([...storage.files.keys()]).to.deep.equal([]);
  });

  describe("whose writer was killed", () => {
    const output = { base: "s", master: "live.m3u8", variants: ["90p", "source"], window: 3 };
    const listed = (storage: Storage__Memory, file: string) =>
      storage.playlist(file).segments.map(({ uri }) => Number.parseInt(uri, 10));

    it("N1: is closed with everything in its recording that any playlist listed, whenever that was", async () => {
      for (let count = 1; count <= 40; count++) {
        const { storage } = await stream(count, { segments: 100 }, [1, 7]);
        await closeOutput(storage, { ...output, isRecorded: true });
        for (const variant of output.variants) {
          const recording = storage.playlist(`s/${variant}/recording.m3u8`);
          expect(listed(storage, `s/${variant}/recording.m3u8`), `after ${count}`).to.deep.equal(
            Array.from({ length: count }, (_, index) => index),
          );
          expect([recording.playlistType, recording.endList]).to.deep.equal(["VOD", true]);
          expect(storage.playlist(`s/${variant}/index.m3u8`).endList).to.equal(true);
        }
        expect(storage.files.get("s/recording.m3u8")).to.include("90p/recording.m3u8");
      }
    });

    it("is closed with the same playlists as by its writer", async () => {
      const [killed, ended] = await Promise.all([1, 2].map(() => stream(23, { segments: 100 }, [1, 7])));
      await closeOutput(killed!.storage, { ...output, isRecorded: true });
      await ended!.writer.end();
      // All but the times, which are those of the test.
      const playlists = (storage: Storage__Memory) =>
        ["90p/index", "90p/recording", "source/recording"].map((file) =>
          (storage.files.get(`s/${file}.m3u8`) ?? "").replaceAll(/#EXT-X-PROGRAM-DATE-TIME:.*\n/g, ""),
        );
      expect(playlists(killed!.storage)).to.deep.equal(playlists(ended!.storage));
    });

    it("lists what stands in all variants, and no more", async () => {
      const [shorter, longer] = await Promise.all([5, 6].map((count) => stream(count, { segments: 100 })));
      const { storage } = longer!;
      for (const file of ["index", "recording"])
        storage.files.set(`s/90p/${file}.m3u8`, shorter!.storage.files.get(`s/90p/${file}.m3u8`)!);
      await closeOutput(storage, { ...output, isRecorded: true });
      for (const variant of output.variants)
        expect(listed(storage, `s/${variant}/recording.m3u8`)).to.deep.equal([0, 1, 2, 3, 4]);
    });

    it("N3: leaves nothing behind when it was not recorded", async () => {
      for (const count of [1, 4, 10]) {
        const { storage } = await stream(count, null);
        // Written, and not listed yet.
        await storage.put(`s/90p/${count}.ts`, bytes);
        await closeOutput(storage, { ...output, isRecorded: false });
        expect([...storage.files.keys()], `after ${count}`).to.deep.equal([]);
        await closeOutput(storage, { ...output, isRecorded: false });
      }
    });
  });

  it("N1: goes on after a full disk, with a gap in every variant", async () => {
    const { storage, writer, append } = await stream(2, null);
    storage.isFull = true;
    expect(await codeOf(append(2))).to.equal("StorageFailed");
    await writer.miss({ sequence: 2, info: info(2) });
    storage.isFull = false;
    await append(3);
    for (const variant of ["90p", "source"]) {
      const lines = (storage.files.get(`s/${variant}/index.m3u8`) ?? "").split("\n");
      expect(lines[lines.indexOf("2.ts") - 2]).to.equal("#EXT-X-GAP");
      expect(lines).to.include("#EXT-X-DISCONTINUITY");
      expect(storage.stored(variant)).to.not.include(2);
    }
  });
});

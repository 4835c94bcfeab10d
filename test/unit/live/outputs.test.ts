import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { StreamflowError } from "../../../offchain/errors.ts";
import type { StreamEvent } from "../../../offchain/live/notifier.ts";
import { closeLeft, remembered } from "../../../offchain/live/outputs.ts";
import type { HlsWriter } from "../../../offchain/media/interface.ts";
import type { Storage } from "../../../offchain/media/storage/interface.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore, storeFile } from "../../../offchain/store/sqlite.ts";
import { DOMAIN, SENDER } from "../pm/world.ts";

const OUTPUT = {
  ...{ base: "movie/1", name: "movie", stream: `0x${"12".repeat(32)}`, master: "movie.m3u8" },
  ...{ variants: ["90p", "source"], window: 3 },
};

/** Holds a window of one segment for each variant, or nothing. */
class Storage__Fake implements Storage {
  isDown = false;
  isEmpty = false;

  put(): Promise<void> {
    return this.#ask();
  }
  async get(path: string): Promise<Buffer | null> {
    await this.#ask();
    if (this.isEmpty || !path.endsWith("/index.m3u8")) return null;
    return Buffer.from("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.ts\n");
  }
  remove(): Promise<void> {
    return this.#ask();
  }

  #ask(): Promise<void> {
    return this.isDown ? Promise.reject(new StreamflowError("StorageFailed", "down")) : Promise.resolve();
  }
}

const WRITER__STUB: HlsWriter = {
  append: () => Promise.resolve(),
  miss: () => Promise.resolve(),
  end: () => Promise.resolve(),
  discard: () => Promise.resolve(),
};

describe("outputs of live streams", () => {
  let dir: string;
  let store: NodeStore;
  let storage: Storage__Fake;
  const open = () => openStore({ path: storeFile(dir), identity: { ...DOMAIN, address: SENDER } });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "streamflow-"));
    store = open();
    storage = new Storage__Fake();
  });
  afterEach(() => {
    store.close();
    rmSync(dir, { recursive: true });
  });

  /** What the next process does. */
  async function restart(): Promise<StreamEvent[]> {
    store.close();
    store = open();
    const events: StreamEvent[] = [];
    const onEvent = (event: StreamEvent) => void events.push(event);
    await closeLeft(store.outputs, { storage, onEvent, log: pino({ level: "silent" }) });
    return events;
  }

  it("are remembered until they are closed, or taken away when they are not recorded", async () => {
    const recorded = remembered(WRITER__STUB, { ...OUTPUT, isRecorded: true }, store.outputs);
    const passing = remembered(WRITER__STUB, { ...OUTPUT, base: "movie/2", isRecorded: false }, store.outputs);
    expect(store.outputs.all()).to.deep.equal([
      { ...OUTPUT, isRecorded: true, isEnded: false },
      { ...OUTPUT, base: "movie/2", isRecorded: false, isEnded: false },
    ]);
    await recorded.end();
    await passing.end();
    expect(store.outputs.all().map(({ base, isEnded }) => [base, isEnded])).to.deep.equal([["movie/2", true]]);
    await passing.discard();
    expect(store.outputs.all()).to.deep.equal([]);
  });

  it("N1: are closed by the next process, and who follows the events is told, once", async () => {
    remembered(WRITER__STUB, { ...OUTPUT, isRecorded: true }, store.outputs);
    const { name, stream } = OUTPUT;
    expect(await restart()).to.deep.equal([
      { type: "stream.failed", name, stream, code: "Stopped" },
      { type: "recording.complete", name, stream, playlist: "movie/1/recording.m3u8" },
    ]);
    expect(await restart()).to.deep.equal([]);
  });

  it("are no recording when nothing had been published", async () => {
    remembered(WRITER__STUB, { ...OUTPUT, isRecorded: true }, store.outputs);
    storage.isEmpty = true;
    expect((await restart()).map(({ type }) => type)).to.deep.equal(["stream.failed"]);
  });

  it("are taken away without a word when their stream had ended", async () => {
    await remembered(WRITER__STUB, { ...OUTPUT, isRecorded: false }, store.outputs).end();
    expect(await restart()).to.deep.equal([]);
    expect(store.outputs.all()).to.deep.equal([]);
  });

  it("are tried again later when the storage is away", async () => {
    remembered(WRITER__STUB, { ...OUTPUT, isRecorded: true }, store.outputs);
    storage.isDown = true;
    expect(await restart()).to.deep.equal([]);
    storage.isDown = false;
    expect(await restart()).to.have.length(2);
  });
});

import { PLAYLIST_TYPE, type Storage } from "../storage/interface.ts";
import { mediaPlaylist, readMediaPlaylist } from "./playlists.ts";
import type { Entry } from "./timeline.ts";

/** A live stream in a storage, as its writer would have to know it to go on. */
export interface LiveOutput {
  /** Where its variants are. */
  readonly base: string;
  /** Path of the master playlist. */
  readonly master: string;
  /** Names of all variants. */
  readonly variants: readonly string[];
  /** Segments in its window, at most; as many older ones are stored. */
  readonly window: number;
  readonly isRecorded: boolean;
}

/**
 * Ends a stream whose writer was killed: closes its playlists, or takes it out of the storage when it was not recorded. Of a recording nothing is lost that any
 * playlist listed in all variants. Can be repeated.
 * @returns whether there is a recording now
 * @throws StreamflowError StorageFailed
 */
export async function closeOutput(storage: Storage, output: LiveOutput): Promise<boolean> {
  const { base, variants, isRecorded } = output;
  const read = async (variant: string, file: string) => {
    const text = await storage.get(`${base}/${variant}/${file}.m3u8`);
    return text === null ? null : readMediaPlaylist(text.toString("utf8"));
  };
  const windows = await Promise.all(variants.map((variant) => read(variant, "index")));
  const ends = windows.map((window) => window?.entries.at(-1)?.sequence ?? -1);
  if (!isRecorded) {
    await removeOutput(storage, output, Math.max(...ends));
    return false;
  }
  // The variants are written side by side: the last segment may stand in some of them only.
  const last = Math.min(...ends);

  await Promise.all(
    variants.map(async (variant, index) => {
      const close = async (file: string, playlist: ReturnType<typeof readMediaPlaylist>, type: "VOD" | null) => {
        const entries = playlist.entries.filter(({ sequence }) => sequence <= last);
        if (entries.length === 0) return;
        const text = mediaPlaylist({ ...playlist, entries, type, ended: true });
        await storage.put(`${base}/${variant}/${file}.m3u8`, text, PLAYLIST_TYPE);
      };
      const window = windows[index];
      if (!window) return;
      await close("index", window, null);
      const recording = (await read(variant, "recording")) ?? { ...window, entries: [] };
      await close("recording", { ...recording, entries: joined(recording.entries, window.entries) }, "VOD");
    }),
  );
  return last >= 0;
}

/** The window's entries that the recording has not yet after those that it has. */
function joined(recording: readonly Entry[], window: readonly Entry[]): Entry[] {
  const last = recording.at(-1)?.sequence ?? -1;
  return [...recording, ...window.filter(({ sequence }) => sequence > last)];
}

async function removeOutput(
  storage: Storage,
  { base, master, variants, window }: LiveOutput,
  last: number,
): Promise<void> {
  // The one after the last may be stored and not listed yet.
  for (let sequence = Math.max(0, last - 2 * window); sequence <= last + 1; sequence++)
    await Promise.all(variants.map((variant) => storage.remove(`${base}/${variant}/${sequence}.ts`)));
  await storage.remove(master);
  await Promise.all(variants.map((variant) => storage.remove(`${base}/${variant}/index.m3u8`)));
}

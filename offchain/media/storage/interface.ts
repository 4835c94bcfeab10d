/** Where finished files go: a directory, a bucket. */
export interface Storage {
  /**
   * Writes a file, or replaces it: a reader sees the old one or the new one, never half of it.
   * @param path   relative, with `/`, of characters that are safe in file names and URLs
   * @throws StreamflowError StorageFailed
   */
  put(path: string, content: Uint8Array | string, contentType: string): Promise<void>;
  /** A file as it was written; null when it is not there. @throws StreamflowError StorageFailed */
  get(path: string): Promise<Buffer | null>;
  /** Removes a file; one that is not there is none to remove. @throws StreamflowError StorageFailed */
  remove(path: string): Promise<void>;
}

export const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
export const SEGMENT_TYPE = "video/mp2t";

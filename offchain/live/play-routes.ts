import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import staticFiles from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { PLAYLIST_TYPE, SEGMENT_TYPE } from "../media/storage/interface.ts";

/** Serves players what the streams have written: `GET /stream/<name>.m3u8`, and the files that it points to. Pages of any origin may read it. */
export async function playRoutes(server: FastifyInstance, directory: string): Promise<void> {
  const root = resolve(directory);
  await mkdir(root, { recursive: true });
  await server.register(staticFiles, {
    root,
    prefix: "/stream/",
    index: false,
    dotfiles: "deny",
    cacheControl: false,
    allowedPath: (path) => /\.(m3u8|ts)$/.test(path),
    setHeaders: (reply, path) => {
      const isPlaylist = path.endsWith(".m3u8");
      reply.header("content-type", isPlaylist ? PLAYLIST_TYPE : SEGMENT_TYPE);
      reply.header("cache-control", isPlaylist ? "no-cache" : "public, max-age=3600, immutable");
      reply.header("access-control-allow-origin", "*");
    },
  });
}

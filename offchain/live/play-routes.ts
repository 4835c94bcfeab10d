import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import staticFiles from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { StreamflowError } from "../errors.ts";
import { PLAYLIST_TYPE, SEGMENT_TYPE } from "../media/storage/interface.ts";

/** `<name>.m3u8`, `<name>/<start>/<variant>/<file>`, and nothing else that may lie there. */
const SERVED = /^(?:[\w-]{1,64}\/){0,3}[\w-]{1,64}\.(m3u8|ts)$/;

/** Serves players what the streams have written: `GET /stream/<name>.m3u8`, and the files that it points to. Pages of any origin may read it. */
export async function playRoutes(server: FastifyInstance, directory: string): Promise<void> {
  const root = resolve(directory);
  await mkdir(root, { recursive: true });
  await server.register(staticFiles, { root, serve: false, cacheControl: false });
  server.get("/stream/*", async (request, reply) => {
    const { "*": path } = request.params as { readonly "*": string };
    const kind = SERVED.exec(path)?.[1];
    if (kind === undefined) throw notFound(path);
    reply.header("access-control-allow-origin", "*");
    if (kind === "ts")
      return reply.type(SEGMENT_TYPE).header("cache-control", "public, max-age=3600, immutable").sendFile(path);
    // A playlist is replaced while it is read: its length must be that of what is sent.
    const text = await readFile(join(root, path)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw notFound(path);
      throw error;
    });
    return reply.type(PLAYLIST_TYPE).header("cache-control", "no-cache").send(text);
  });
}

function notFound(path: string): StreamflowError {
  return new StreamflowError("NotFound", `there is no ${path.slice(0, 200)}`);
}

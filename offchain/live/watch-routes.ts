import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { parseRequest } from "../net/parse.ts";
import { streamNameSchema } from "./admission.ts";

const web = (name: string) => fileURLToPath(new URL(`../web/${name}`, import.meta.url));

/** Read at start: nothing that a request names is opened. */
const ASSETS: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  "watch.js": { file: web("watch.js"), type: "text/javascript; charset=utf-8" },
  "watch.css": { file: web("watch.css"), type: "text/css; charset=utf-8" },
  "hls.js": {
    file: createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js"),
    type: "text/javascript; charset=utf-8",
  },
};
/** The page needs nothing from elsewhere; what it plays goes through buffers of its own. */
const POLICY = "default-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; frame-ancestors *";

const pathSchema = z.object({ name: streamNameSchema });

/** `GET /watch/<name>`: a page that plays the stream. */
export async function watchRoutes(server: FastifyInstance): Promise<void> {
  const page = await readFile(web("watch.html"), "utf8");
  for (const [name, { file, type }] of Object.entries(ASSETS)) {
    const content = await readFile(file);
    server.get(`/watch/${name}`, (_request, reply) =>
      reply.type(type).header("cache-control", "no-cache").send(content),
    );
  }
  server.get("/watch/:name", (request, reply) => {
    parseRequest(pathSchema, request.params);
    return reply.type("text/html; charset=utf-8").header("content-security-policy", POLICY).send(page);
  });
}

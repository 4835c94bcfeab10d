import type { Server } from "node:http";

/**
 * Lets a request be read to its end after its sender has closed its side, as ffmpeg does when it has sent everything: by default Node throws away what is
 * still unread then, which would be the end of the stream. (The property is Node's own, and in none of its documents.)
 */
export function allowHalfOpen(server: Server): void {
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
}

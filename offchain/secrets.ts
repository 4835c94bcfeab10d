import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { StreamflowError } from "./errors.ts";

/** SHA-256. Digests have one length, so that with `timingSafeEqual` neither content nor length leaks through the time of a comparison. */
export const digestOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** Reads a file that holds secrets; the message of its parser may quote them, so it is not passed on. Errors: `ConfigInvalid`. */
export async function readSecrets(
  file: string,
  format: { readonly name: string; readonly parse: (text: string) => unknown },
): Promise<unknown> {
  try {
    return format.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new StreamflowError("ConfigInvalid", `${file} cannot be read as ${format.name}`, {}, { cause });
  }
}

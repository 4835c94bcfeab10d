import { readFile } from "node:fs/promises";
import { StreamflowError } from "../errors.ts";

/**
 * The secret of a transcoder.
 * @throws StreamflowError ConfigInvalid when the file cannot be read or its content is shorter than 16 characters
 */
export async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new StreamflowError("ConfigInvalid", `cannot read the secret file ${file}`, {}, { cause });
  });
  const secret = text.trim();
  if (!/^[\x21-\x7e]{16,512}$/.test(secret)) {
    throw new StreamflowError("ConfigInvalid", `${file} must hold 16 to 512 printable characters without spaces`);
  }
  return secret;
}

import { existsSync } from "node:fs";
import { StreamflowError } from "../../errors.ts";
import { createCredential, readCredentials, transcoderNameSchema, writeCredentials } from "../../pool/credentials.ts";
import { print } from "../output.ts";

/** Errors: `ArgumentInvalid` for a name that is unsafe or taken, `ConfigInvalid`. */
export async function add(file: string, name: string): Promise<void> {
  const parsed = transcoderNameSchema.safeParse(name);
  if (!parsed.success) throw new StreamflowError("ArgumentInvalid", `name: ${parsed.error.issues[0]?.message}`);
  const known = existsSync(file) ? await readCredentials(file) : [];
  if (known.some((one) => one.name === name))
    throw new StreamflowError("ArgumentInvalid", `name: ${file} has ${name} already; remove it first for a new secret`);
  const { credential, secret } = createCredential(name);
  await writeCredentials(file, [...known, credential]);
  // After the file: a secret that was printed works.
  print(secret);
}

/** Errors: `ArgumentInvalid` for a name that is not there, `ConfigInvalid`. */
export async function remove(file: string, name: string): Promise<void> {
  const known = await readCredentials(file);
  const rest = known.filter((one) => one.name !== name);
  if (rest.length === known.length) throw new StreamflowError("ArgumentInvalid", `name: ${file} has no ${name}`);
  await writeCredentials(file, rest);
}

/** Errors: `ConfigInvalid`. */
export async function list(file: string): Promise<void> {
  for (const { name } of await readCredentials(file)) print(name);
}

import { z } from "zod";
import type { BroadcasterConfig } from "../../config/schema.ts";
import { StreamflowError } from "../../errors.ts";
import { describeIssues } from "../../pm/schema.ts";
import { readSecrets } from "../../secrets.ts";
import { DirectoryStorage } from "./directory.ts";
import type { Storage } from "./interface.ts";

const S3_URL = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*?))?\/?$/;
const keySchema = z.strictObject({
  accessKeyId: z.string().min(1).max(256),
  secretAccessKey: z.string().min(1).max(1_024),
});

/**
 * The storage that `out` names: a directory, or `s3://bucket/prefix` with the settings of `s3`.
 * @throws StreamflowError ConfigInvalid
 */
export async function openStorage({ out, s3 }: Pick<BroadcasterConfig, "out" | "s3">): Promise<Storage> {
  const match = S3_URL.exec(out);
  if (match === null) {
    if (out.startsWith("s3:")) throw invalid(`out: ${out} is no s3://bucket/prefix`);
    return new DirectoryStorage(out);
  }
  const [, bucket = "", prefix = ""] = match;
  if (s3.endpoint === undefined || s3.keyFile === undefined)
    throw invalid("out is in S3: s3.endpoint and s3.keyFile must be set");
  const key = keySchema.safeParse(await readSecrets(s3.keyFile, { name: "JSON", parse: JSON.parse }));
  if (!key.success) throw invalid(`${s3.keyFile}: ${describeIssues(key.error)}`);
  const { S3Storage } = await import("./s3.ts");
  const { region, timeoutMs } = s3;
  return new S3Storage({ endpoint: new URL(s3.endpoint), region, bucket, prefix, timeoutMs, ...key.data });
}

function invalid(detail: string): StreamflowError {
  return new StreamflowError("ConfigInvalid", detail);
}

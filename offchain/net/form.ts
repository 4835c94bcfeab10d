import { StreamflowError } from "../errors.ts";

/**
 * `multipart/form-data` in both directions, by the platform's own encoder and parser. A text part is JSON, a file part is bytes.
 */
export interface Form {
  readonly json: Readonly<Record<string, unknown>>;
  readonly files: readonly FormFile[];
}

export interface FormFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export async function encodeForm(form: Form): Promise<{ body: Buffer; contentType: string }> {
  const data = new FormData();
  for (const [field, value] of Object.entries(form.json)) data.append(field, JSON.stringify(value));
  for (const { field, name, bytes } of form.files)
    data.append(field, new Blob([bytes]), name);
  const response = new Response(data);
  return {
    body: Buffer.from(await response.arrayBuffer()),
    contentType: response.headers.get("content-type") as string,
  };
}

/**
 * @throws StreamflowError RequestInvalid when the body is not a form, repeats a text part, holds broken JSON or more than `maxParts` parts
 */
export async function decodeForm(body: Buffer, contentType: string, maxParts = 32): Promise<Form> {
  let data: FormData;
  try {
    data = await new Response(body as Buffer<ArrayBuffer>, { headers: { "content-type": contentType } }).formData();
  } catch (cause) {
    throw new StreamflowError("RequestInvalid", "the body is not a well-formed multipart form", {}, { cause });
  }
  const json: Record<string, unknown> = {};
  const files: FormFile[] = [];
  let parts = 0;
  for (const [field, value] of data as unknown as Iterable<[string, string | File]>) {
    if (++parts > maxParts)
      throw new StreamflowError("RequestInvalid", `the form has more than ${maxParts} parts`, { maxParts });
    if (typeof value !== "string") {
      files.push({ field, name: value.name, bytes: new Uint8Array(await value.arrayBuffer()) });
      continue;
    }
    if (Object.hasOwn(json, field))
      throw new StreamflowError("RequestInvalid", `the form has two parts named ${field}`);
    try {
      json[field] = JSON.parse(value);
    } catch (cause) {
      throw new StreamflowError("RequestInvalid", `part ${field} is not valid JSON`, {}, { cause });
    }
  }
  return { json, files };
}

/** The one file of a field. */
export function onlyFile(form: Form, field: string): Uint8Array {
  const found = form.files.filter((file) => file.field === field);
  if (found.length !== 1 || found[0] === undefined)
    throw new StreamflowError(
      "RequestInvalid",
      `the form needs exactly one file named ${field}, it has ${found.length}`,
    );
  return found[0].bytes;
}

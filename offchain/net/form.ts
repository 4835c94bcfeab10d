import { randomBytes } from "node:crypto";
import { StreamflowError } from "../errors.ts";

/**
 * `multipart/form-data` (RFC 7578) in both directions. A part without a file name is JSON, one with a file name is bytes. Written here because
 * the platform's own codec copies every file four times, which costs as much as hashing it; files here are views of the body.
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

const LINE = "\r\n";
const HEADERS_END = Buffer.from("\r\n\r\n");
const MAX_HEADERS_BYTES = 1_024;
const MAX_JSON_BYTES = 65_536;

export function encodeForm(form: Form): { body: Buffer; contentType: string } {
  const boundary = randomBytes(24).toString("hex");
  const chunks: (Uint8Array | Buffer)[] = [];
  const part = (headers: string, content: Uint8Array) => {
    chunks.push(Buffer.from(`--${boundary}${LINE}${headers}${LINE}${LINE}`), content, Buffer.from(LINE));
  };
  for (const [field, value] of Object.entries(form.json)) {
    part(`Content-Disposition: form-data; name="${field}"`, Buffer.from(JSON.stringify(value)));
  }
  for (const { field, name, bytes } of form.files) {
    const headers = `Content-Disposition: form-data; name="${field}"; filename="${name}"${LINE}Content-Type: application/octet-stream`;
    part(headers, bytes);
  }
  chunks.push(Buffer.from(`--${boundary}--${LINE}`));
  return { body: Buffer.concat(chunks), contentType: `multipart/form-data; boundary=${boundary}` };
}

function invalid(reason: string): StreamflowError {
  return new StreamflowError("RequestInvalid", reason);
}

/**
 * The parts of a body; files are views of it.
 * @throws StreamflowError RequestInvalid when the body is not a form, repeats a text part, holds broken JSON or more than `maxParts` parts
 */
export function decodeForm(body: Buffer, contentType: string, maxParts = 32): Form {
  const boundary = /^multipart\/form-data\s*;\s*boundary="?([0-9A-Za-z'()+_,./:=?-]{1,70})"?\s*$/i.exec(
    contentType,
  )?.[1];
  if (boundary === undefined) throw invalid("the content type is not multipart/form-data with a boundary");
  const delimiter = Buffer.from(`${LINE}--${boundary}`);
  const opening = delimiter.subarray(LINE.length);
  if (!body.subarray(0, opening.length).equals(opening)) throw invalid("the body does not begin with its boundary");

  const json: Record<string, unknown> = {};
  const files: FormFile[] = [];
  let position = opening.length;
  for (let parts = 0; ; parts++) {
    const ending = body.toString("latin1", position, position + 2);
    if (ending === "--") return { json, files };
    if (ending !== LINE) throw invalid("a boundary is not followed by a line end");
    if (parts === maxParts) throw invalid(`the form has more than ${maxParts} parts`);

    const headersEnd = body.subarray(0, position + MAX_HEADERS_BYTES).indexOf(HEADERS_END, position);
    if (headersEnd < 0) throw invalid("a part's headers do not end");
    const headers = body.toString("latin1", position + LINE.length, headersEnd);
    const start = headersEnd + HEADERS_END.length;
    const end = body.indexOf(delimiter, start);
    if (end < 0) throw invalid("the last part does not end");
    position = end + delimiter.length;

    const { field, name } = disposition(headers);
    const content = body.subarray(start, end);
    if (name !== undefined) files.push({ field, name, bytes: content });
    else if (Object.hasOwn(json, field)) throw invalid(`the form has two parts named ${field}`);
    else json[field] = parseJson(field, content);
  }
}

function disposition(headers: string): { field: string; name: string | undefined } {
  const found =
    /(?:^|\r\n)content-disposition: *form-data; *name="([a-z][\w.-]{0,63})"(?:; *filename="(\w[\w.-]{0,63})")?(?:\r\n|$)/i.exec(
      headers,
    );
  if (found?.[1] === undefined) throw invalid("a part has no usable name");
  return { field: found[1], name: found[2] };
}

function parseJson(field: string, content: Buffer): unknown {
  if (content.length > MAX_JSON_BYTES) throw invalid(`part ${field} is larger than ${MAX_JSON_BYTES} bytes`);
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    throw invalid(`part ${field} is not valid JSON`);
  }
}

/** The one file of a field. */
export function onlyFile(form: Form, field: string): Uint8Array {
  const found = form.files.filter((file) => file.field === field);
  if (found.length !== 1 || found[0] === undefined) {
    throw invalid(`the form needs exactly one file named ${field}, it has ${found.length}`);
  }
  return found[0].bytes;
}

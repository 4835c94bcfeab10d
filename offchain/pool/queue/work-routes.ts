import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { StreamflowError } from "../../errors.ts";
import { decodeForm, encodeForm } from "../../net/form.ts";
import { parseRequest } from "../../net/parse.ts";
import { WORK_PATH } from "../../net/wire.ts";
import type { Credentials } from "../credentials.ts";
import { MAX_FRAME_BYTES } from "../protocol.ts";
import { jobIdSchema } from "./messages.ts";
import type { OpenWork } from "./open-work.ts";

const MOST_RENDITIONS = 16;
const paramsSchema = z.object({ id: jobIdSchema });

/**
 * Where the transcoders of a queue get their work, and bring back what they made, each with the secret that it would join the pool with. Errors:
 * `CredentialRefused`, `RequestInvalid`, `WorkGone`, `TranscoderLeftOut`, `TranscodeFailed`.
 */
export function workRoutes(
  server: FastifyInstance,
  { work, credentials }: { readonly work: OpenWork; readonly credentials: Pick<Credentials, "nameOf"> },
): void {
  const nameOf = ({ headers }: FastifyRequest): string => {
    const secret = /^Bearer (.{1,512})$/.exec(headers.authorization ?? "")?.[1] ?? "";
    const name = credentials.nameOf(secret);
    if (name === null) throw new StreamflowError("CredentialRefused", "no transcoder has this secret");
    return name;
  };
  // Before the body is read.
  const onRequest = async (request: FastifyRequest) => void nameOf(request);

  server.get(`${WORK_PATH}:id`, { onRequest }, (request, reply) => {
    const { id } = parseRequest(paramsSchema, request.params);
    const { media, renditions, timeoutMs } = work.handOut(id, nameOf(request));
    const { body, contentType } = encodeForm({
      json: { work: { renditions, timeoutMs } },
      files: [{ field: "media", name: "source.ts", bytes: media }],
    });
    return reply.type(contentType).send(body);
  });

  server.post(`${WORK_PATH}:id`, { onRequest, bodyLimit: MAX_FRAME_BYTES }, (request) => {
    const { id } = parseRequest(paramsSchema, request.params);
    if (!Buffer.isBuffer(request.body)) throw new StreamflowError("RequestInvalid", "expected multipart/form-data");
    const { files } = decodeForm(request.body, request.headers["content-type"] ?? "", MOST_RENDITIONS);
    work.deliver(
      id,
      nameOf(request),
      files.map(({ bytes }) => bytes),
    );
    return {};
  });
}

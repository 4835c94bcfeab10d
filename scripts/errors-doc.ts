import { CATALOGUE, type ErrorCode } from "../offchain/errors.ts";
import { format } from "prettier";

/** `docs/errors.md`: every code with what it means and what to do. */
export function errorsDoc(): Promise<string> {
  const rows = (Object.keys(CATALOGUE) as ErrorCode[]).map((code) => {
    const { status, title, remedy } = CATALOGUE[code];
    return `| \`${code}\` | ${status} | ${title} | ${remedy} |`;
  });
  return format(
    [
      "# Errors of the node",
      "",
      "Every failure that a person or a peer can see has one of these codes. A peer receives it as `application/problem+json` with the HTTP status;",
      "a person reads it as the first word of the message. Made from `offchain/errors.ts` by `npm run docs:errors`.",
      "",
      "| code | status | what happened | what to do |",
      "| --- | --- | --- | --- |",
      ...rows,
      "",
    ].join("\n"),
    { parser: "markdown", printWidth: 120 },
  );
}

import { Interface } from "ethers";
import type { ErrorDescription } from "ethers";
import { HardhatPluginError } from "hardhat/plugins";
import { revertData } from "../../deploy/refusal.ts";
import { eth, lpt, moment, percent } from "./output.ts";

/** What stops a task and is not a defect of it: shown as it is, without a stack trace. */
export class TaskError extends HardhatPluginError {
  constructor(message: string, cause?: Error) {
    super("streamflow", message, cause);
  }
}

/** How the numbers of an error are written, by the unit that its cause names. */
const UNITS: Readonly<Record<string, (value: bigint) => string>> = {
  "wei LPT": lpt,
  "wei ETH": eth,
  "1e18 = 1": percent,
  "s, Unix": moment,
  s: (value) => `${value} s`,
  round: (value) => `round ${value}`,
};

/** The failure as a user should read it; what is a defect stays what it is. */
export async function failureOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || error instanceof TaskError) return error;
  const data = revertData(error);
  if (data !== null) {
    const message = await explain(data);
    return new TaskError(message ?? `a contract refused the call, for a reason that is not known here: ${data}`, error);
  }
  const { DeploymentError } = await import("../../deploy/errors.ts");
  if (error instanceof DeploymentError) return new TaskError(`${error.code}: ${error.message}`, error);
  const { CATALOGUE, StreamflowError } = await import("../../offchain/errors.ts");
  if (error instanceof StreamflowError) {
    return new TaskError(`${error.code}: ${error.message}\nWhat to do: ${CATALOGUE[error.code].remedy}`, error);
  }
  // What a node answers, and what ethers makes of it, such as too little ETH for the gas.
  if (error.name === "ProviderError") return new TaskError(error.message, error);
  const { code, shortMessage } = error as { code?: unknown; shortMessage?: unknown };
  if (typeof shortMessage === "string" && code !== "INVALID_ARGUMENT") return new TaskError(shortMessage, error);
  return error;
}

/** Name, cause and remedy of an error of the contracts; null if it is none of them. */
async function explain(data: string): Promise<string | null> {
  // Reads all that the compiler has said: only once something has failed.
  const { contractErrors, readCompiled, readForeign } = await import("../../scripts/contract-errors.ts");
  const { own, foreign } = contractErrors(readCompiled(), readForeign());
  const row = [...own.values(), foreign].flat().find(({ error }) => data.startsWith(error.selector));
  if (row === undefined) return null;
  const parsed = new Interface([row.error]).parseError(data);
  if (parsed === null) return null;

  const values = valuesOf(parsed, row.cause);
  const fill = (text: string): string =>
    text
      .replace(/ ?\{[^}]*\}/g, "")
      .replace(/`(\w+)`/g, (quoted, name: string) => values.get(name) ?? quoted)
      .replace(/\bround round\b/g, "round");
  const list = [...values].map(([name, value]) => `${name}: ${value}`).join(", ");
  return [
    `${parsed.name}${list === "" ? "" : ` (${list})`}`,
    `Why: ${fill(row.cause)}`,
    `What to do: ${fill(row.remedy)}`,
  ].join("\n");
}

function valuesOf({ fragment, args }: ErrorDescription, cause: string): Map<string, string> {
  const unit = UNITS[/\{([^}]*)\}/.exec(cause)?.[1] ?? ""];
  return new Map(
    fragment.inputs.map(({ name }, i) => {
      const value: unknown = args[i];
      return [name, typeof value === "bigint" && unit !== undefined ? unit(value) : String(value)];
    }),
  );
}

import { z } from "zod";

/** One leaf of a role's schema, as flags, environment and the annotated example see it. */
export interface Setting {
  /** Keys from the root of the configuration, e.g. `["chain", "rpcUrl"]`. */
  readonly path: readonly string[];
  /** `--chain-rpc-url` */
  readonly flag: string;
  /** `STREAMFLOW_CHAIN_RPC_URL` */
  readonly variable: string;
  readonly description: string;
  readonly kind: "string" | "number" | "boolean" | "json";
  readonly required: boolean;
  readonly defaultValue: unknown;
}

interface JsonSchema {
  type?: string;
  description?: string;
  /** Set with zod's `meta` where a variable has an established name. */
  variable?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

const words = (path: readonly string[]) =>
  path.map((key) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join("-");

function kindOf(type: string | undefined): Setting["kind"] {
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" || type === "string" ? type : "json";
}

/** The leaves of a role's schema, in the order in which they are written there. */
export function settingsOf(schema: z.ZodType): Setting[] {
  const walk = (node: JsonSchema, path: readonly string[], required: boolean): Setting[] => {
    if (node.properties !== undefined) {
      return Object.entries(node.properties).flatMap(([key, child]) =>
        walk(child, [...path, key], node.required?.includes(key) ?? false),
      );
    }
    const name = words(path);
    return [
      {
        path,
        flag: `--${name}`,
        variable: node.variable ?? `STREAMFLOW_${name.replaceAll("-", "_").toUpperCase()}`,
        description: node.description ?? "",
        kind: kindOf(node.type),
        required: required && node.default === undefined,
        defaultValue: node.default,
      },
    ];
  };
  return walk(z.toJSONSchema(schema, { io: "input", reused: "inline" }) as JsonSchema, [], true);
}

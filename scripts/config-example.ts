import { format } from "prettier";
import { SCHEMAS, type Role } from "../offchain/config/schema.ts";
import { settingsOf, type Setting } from "../offchain/config/settings.ts";

/** What a required setting shows in the example, where no default can. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  "chain.rpcUrl": "http://127.0.0.1:8545",
  "chain.deployment": "deploy/networks/localhost/deployment.json",
  keyFile: "out/keys/account.key",
  dataDir: "out/node",
  "pool.credentialsFile": "out/keys/pool.json",
  "pool.queue.urlFile": "out/keys/redis.url",
  "queue.urlFile": "out/keys/redis.url",
  secretFile: "out/keys/transcoder.secret",
  capacity: 2,
  transcodeCapacity: 2,
  orchestrator: "ws://127.0.0.1:8935/v1/pool",
  input: "clip.mp4",
  out: "out/stream",
  report: "out/report.json",
  inputFormat: "lavfi",
  orchestrators: ["0x00000000000000000000000000000000000000Aa"],
  account: "0x00000000000000000000000000000000000000Aa",
  "risk.maximumUnsecured": "50000000000000000",
  "redemption.gatherMs": 600_000,
  "redemption.confirmations": 10,
  "ffmpeg.path": "/usr/bin/ffmpeg",
};

/** Of several settings of which one is required, the one that the example has. */
const CHOSEN: ReadonlySet<string> = new Set(["orchestrator"]);

function lines(settings: readonly Setting[], depth: number): string[] {
  const indent = "  ".repeat(depth + 1);
  const output: string[] = [];
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const key = setting.path[depth] as string;
    groups.set(key, [...(groups.get(key) ?? []), setting]);
  }
  for (const [key, members] of groups) {
    const [first] = members;
    if (first === undefined) continue;
    if (first.path.length > depth + 1) {
      output.push(`${indent}${key}: {`, ...lines(members, depth + 1), `${indent}},`);
      continue;
    }
    const name = first.path.join(".");
    const value = JSON.stringify(first.defaultValue ?? SAMPLES[name]);
    const optional = !first.required && first.defaultValue === undefined && !CHOSEN.has(name);
    output.push(
      `${indent}// ${first.description}${first.required ? " Required." : ""}`,
      `${indent}// ${first.flag}  ${first.variable}`,
    );
    output.push(`${indent}${optional ? "// " : ""}${key}: ${value},`);
  }
  return output;
}

/** The annotated example of a role: every setting with its meaning, its flag, its variable and its default. */
export function exampleOf(role: Role): Promise<string> {
  const head = [
    `// Every setting of \`npx streamflow ${role}\`, with its default or, where there is none, a sample.`,
    "// A flag wins over a variable, a variable over this file. Made by `npm run config:examples`.",
  ];
  const text = [...head, "{", ...lines(settingsOf(SCHEMAS[role]), 0), "}", ""].join("\n");
  return format(text, { parser: "json5", printWidth: 120, quoteProps: "as-needed" });
}

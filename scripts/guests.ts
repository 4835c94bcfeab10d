// Builds the guest programs; with --check it only compares what would be built with what is kept.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  buildGuest,
  describeProgram,
  elfOf,
  findTools,
  GUESTS,
  MANIFEST,
  type Manifest,
  readManifest,
} from "../offchain/vm/guest/build.ts";

const PACKAGES = "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf";
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function build(tools: Pick<Manifest, "compiler" | "picolibc">, directory: string): void {
  const programs: Manifest["programs"] = {};
  for (const guest of GUESTS) {
    const elf = buildGuest(guest, directory);
    writeFileSync(elfOf(guest), elf);
    programs[guest] = describeProgram(elf);
    say(`${guest}: ${elf.length} bytes, program ${programs[guest].program}`);
  }
  writeFileSync(MANIFEST, `${JSON.stringify({ ...tools, programs } satisfies Manifest, null, 2)}\n`);
}

/** @returns the guests that would be built differently. */
function differing(directory: string): string[] {
  return GUESTS.filter((guest) => !readFileSync(elfOf(guest)).equals(buildGuest(guest, directory)));
}

const checks = process.argv.includes("--check");
const tools = findTools();
const directory = mkdtempSync(path.join(tmpdir(), "guests-"));
try {
  if (checks) {
    const kept = readManifest();
    if (tools === null) say(`notice: guests are not rebuilt, their compiler is not installed (Debian: ${PACKAGES})`);
    else if (tools.compiler !== kept.compiler || tools.picolibc !== kept.picolibc) {
      say(`notice: guests are not rebuilt, they need "${kept.compiler}" and picolibc ${kept.picolibc}`);
    } else {
      const wrong = differing(directory);
      if (wrong.length > 0) throw new Error(`not what the source makes: ${wrong.join(", ")}; run npm run guest:build`);
      say(`what the source makes: ${GUESTS.join(", ")}`);
    }
  } else if (tools === null) throw new Error(`the compiler of the guests is not installed (Debian: ${PACKAGES})`);
  else build(tools, directory);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true });
}

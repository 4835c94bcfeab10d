import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { readProgram } from "../elf.ts";
import { programTree } from "../start.ts";

/** Of each guest there is `<name>.c` here, and `build/<name>.elf`. */
export const GUESTS = ["checksum", "structure", "pixels"] as const;

const SOURCES = import.meta.dirname;
const BUILD = path.join(SOURCES, "build");
export const MANIFEST = path.join(BUILD, "programs.json");

/** Debian: gcc-riscv64-unknown-elf, with picolibc-riscv64-unknown-elf. */
const COMPILER = "riscv64-unknown-elf-gcc";

const TARGET = ["-march=rv32im", "-mabi=ilp32", "--specs=picolibc.specs"];
const COMPILE = [
  ...TARGET,
  ...["-std=c11", "-O2", "-ffreestanding", "-ffunction-sections", "-fdata-sections"],
  ...["-Wall", "-Wextra", "-Werror"],
];
const LINK = [
  ...TARGET,
  ...["-nostartfiles", "-static", "-s", "-Tlink.ld"],
  // Nothing that differs from build to build, nothing that the script has no place for, no padding to pages.
  "-Wl,--gc-sections,--build-id=none,--orphan-handling=error,--fatal-warnings,--nmagic",
];

const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/);

/** What was built, and from what: another compiler or library makes other bytes of the same source. */
export const manifestSchema = z.strictObject({
  compiler: z.string(),
  picolibc: z.string(),
  programs: z.record(z.string(), z.strictObject({ sha256: bytes32, program: bytes32 })),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Where the program that is kept with the source is. */
export function elfOf(guest: string): string {
  return path.join(BUILD, `${guest}.elf`);
}

/** Which of our own guests has this program; null when none has. @param program bytes32 */
export function guestOf(program: string): string | null {
  const own = Object.entries(readManifest().programs).find(([, recorded]) => recorded.program === program);
  return own?.[0] ?? null;
}

export function readManifest(): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(MANIFEST, "utf8")));
}

/** What a program is recorded as. Errors: `ProgramInvalid`. */
export function describeProgram(elf: Uint8Array): Manifest["programs"][string] {
  return {
    sha256: `0x${createHash("sha256").update(elf).digest("hex")}`,
    program: `0x${Buffer.from(programTree(readProgram(elf)).root()).toString("hex")}`,
  };
}

/** The versions of compiler and library; null where they are not installed. */
export function findTools(): Pick<Manifest, "compiler" | "picolibc"> | null {
  try {
    const compiler = execFileSync(COMPILER, ["--version"], { encoding: "utf8" }).split("\n")[0]!;
    const macros = ["--specs=picolibc.specs", "-E", "-dM", "-include", "picolibc.h", "-xc", "-"];
    const defined = execFileSync(COMPILER, macros, {
      encoding: "utf8",
      input: "",
      stdio: ["pipe", "pipe", "ignore"],
    });
    return { compiler, picolibc: /__PICOLIBC_VERSION__ "(.*)"/.exec(defined)?.[1] ?? "unknown" };
  } catch {
    return null;
  }
}

/**
 * Compiles and links a guest. The same tools make the same bytes, wherever and whenever.
 * @param directory for what is made on the way
 * @returns the ELF file
 */
export function buildGuest(guest: string, directory: string): Uint8Array {
  // Names of files are given relative to the sources, so that no path of this machine can end up in a file.
  const run = (args: readonly string[]): void => void execFileSync(COMPILER, args, { cwd: SOURCES, stdio: "inherit" });
  const objects = ["crt0.S", `${guest}.c`].map((source) => {
    const object = path.join(directory, `${path.parse(source).name}.o`);
    run([...COMPILE, "-c", source, "-o", object]);
    return object;
  });
  const elf = path.join(directory, `${guest}.elf`);
  run([...LINK, ...objects, "-o", elf]);
  return readFileSync(elf);
}

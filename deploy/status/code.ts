import { dataSlice, keccak256 } from "ethers";
import type { Provider } from "ethers";
import { readArtifact } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import type { Creation } from "../relations.ts";
import { readBuild } from "../upgrades/releases.ts";

/** What the code at an address has instead of an immutable's value. */
export interface OtherImmutable {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** Code as it is and as it should be. */
export type CodeComparison =
  | { readonly kind: "same" }
  | { readonly kind: "missing" }
  /** `inWords`: whether it does the same, and only comments or names of files are others. */
  | { readonly kind: "other code"; readonly expected: string; readonly found: string; readonly inWords: boolean }
  | { readonly kind: "other immutables"; readonly immutables: readonly OtherImmutable[] };

/** The code that a contract has once it is created: called, its constructor returns it, with its immutables. */
export function runtimeOf(provider: Provider, { initCode }: Creation): Promise<string> {
  return provider.call({ data: initCode });
}

/** Compares code, and tells by name which immutables are others. Hashes stand for code. */
export function compareCode(name: ArtifactName, expected: string, found: string): CodeComparison {
  if (found === expected) return { kind: "same" };
  if (found === "0x") return { kind: "missing" };
  const { immutableReferences } = readArtifact(name);
  const places = Object.entries(immutableReferences);
  const [wanted, had] = [expected, found].map((code) => withoutImmutables(code, places));
  if (wanted !== had) {
    const inWords = withoutMetadata(wanted!) === withoutMetadata(had!);
    return { kind: "other code", expected: keccak256(expected), found: keccak256(found), inWords };
  }
  const names = namesOf(name);
  return {
    kind: "other immutables",
    immutables: places
      .map(([id, [first]]) => ({
        name: names.get(Number(id)) ?? `immutable ${id}`,
        expected: wordAt(expected, first!),
        found: wordAt(found, first!),
      }))
      .filter((each) => each.expected !== each.found),
  };
}

type Place = { readonly start: number; readonly length: number };
type Places = readonly (readonly [id: string, places: readonly Place[]])[];

function withoutImmutables(code: string, places: Places): string {
  const bytes = Buffer.from(code.slice(2), "hex");
  // Other code may be shorter.
  for (const { start, length } of places.flatMap(([, each]) => each)) bytes.subarray(start, start + length).fill(0);
  return bytes.toString("hex");
}

/** The compiler's last two bytes say how many before them are its hash of the sources. */
function withoutMetadata(code: string): string {
  const length = parseInt(code.slice(-4), 16) + 2;
  return code.slice(0, -2 * length);
}

function wordAt(code: string, { start, length }: Place): string {
  return dataSlice(code, start, start + length);
}

const known = new Map<string, Map<number, string>>();

/** Names of variables by their number in the compiler's tree; read once for each build, which takes a second. */
function namesOf(name: ArtifactName): Map<number, string> {
  const { buildInfoId } = readArtifact(name);
  const names = known.get(buildInfoId) ?? new Map<number, string>();
  if (names.size > 0) return names;
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { nodeType, id, name: label } = node as { nodeType?: string; id?: number; name?: string };
    if (nodeType === "VariableDeclaration" && id !== undefined && label !== undefined) names.set(id, label);
    Object.values(node).forEach(visit);
  };
  Object.values(readBuild(buildInfoId).output.sources).forEach(({ ast }) => visit(ast));
  known.set(buildInfoId, names);
  return names;
}

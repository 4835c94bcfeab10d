import { createRequire } from "node:module";
import {
  concatRunData,
  getContractVersion,
  getErrors,
  getStorageLayout,
  makeNamespacedInput,
  solcInputOutputDecoder,
  validate,
  type SolcInput,
  type SolcOutput,
  type StorageLayout,
  type ValidationRunData,
} from "@openzeppelin/upgrades-core";
import { id, Interface, type InterfaceAbi } from "ethers";

/** What the compiler was given, and what it made of it. */
export interface Build {
  readonly solcVersion: string;
  readonly input: SolcInput;
  readonly output: SolcOutput;
}

/** What of a contract an upgrade can break. */
export interface Inspected {
  readonly layout: StorageLayout;
  /** Functions, events and errors, as ethers writes them. */
  readonly abi: readonly string[];
  /** Names of its immutables: what the code of a proxy's logic knows of others. */
  readonly immutables: readonly string[];
  /** Code that has no place behind a proxy: `selfdestruct`, `delegatecall`, … in the words of upgrades-core, and in whose source. */
  readonly unsafe: readonly string[];
}

/** In assembly, where upgrades-core does not look. */
const OPCODES = new Set(["delegatecall", "callcode", "selfdestruct"]);

/** Constructors disable initializers and set immutables; each immutable is told by name. */
const EXPECTED = new Set(["constructor", "state-variable-immutable"]);

interface Solc {
  compile(input: string): string;
}

/** Compiles as it stands, without code: what is looked at here is in the compiler's tree and its layout. */
export function compileForLayout(input: SolcInput, solcVersion: string): Build {
  const settings = { ...input.settings, outputSelection: { "*": { "": ["ast"], "*": ["abi", "storageLayout"] } } };
  const output = compile({ ...input, settings });
  // upgrades-core tells contracts apart by their code. There is none here, so their names have to do.
  for (const [source, contracts] of Object.entries(output.contracts)) {
    for (const [name, contract] of Object.entries(contracts)) {
      contract.evm = { bytecode: { object: id(`${source}:${name}`).slice(2), linkReferences: {} } };
    }
  }
  return { solcVersion, input, output };
}

/** All contracts of a build, of which one is asked for by its name. */
export function inspecting({ input, output, solcVersion }: Build): (name: string) => Inspected {
  // Layouts of structs in namespaces are what the compiler says of variables that are put in for them.
  const namespaced = compile(makeNamespacedInput(input, output, solcVersion));
  const run = validate(output, solcInputOutputDecoder(input, output), solcVersion, input, namespaced);
  const data = concatRunData(run);
  return (name) => {
    const version = getContractVersion(run, name);
    const errors = getErrors(data, version, { kind: "transparent" });
    return {
      layout: getStorageLayout(data, version),
      abi: abiOf(output, sourceOf(run, name), name),
      immutables: errors.flatMap((error) => (error.kind === "state-variable-immutable" ? [error.name] : [])).sort(),
      unsafe: unique([
        ...errors
          .filter(({ kind }) => !EXPECTED.has(kind))
          .map(({ kind, src }) => `${kind} in ${src.replace(/:\d+$/, "")}`),
        ...opcodesOf(output, run, name),
      ]),
    };
  };
}

/** `<source>:<name>` */
function fullNameOf(run: ValidationRunData, name: string): string {
  const found = Object.keys(run).find((full) => full.endsWith(`:${name}`));
  if (found === undefined) throw new Error(`${name} is not in this build`);
  return found;
}

function sourceOf(run: ValidationRunData, name: string): string {
  return fullNameOf(run, name).slice(0, -name.length - 1);
}

/** Of a contract and all that it inherits. */
function opcodesOf(output: SolcOutput, run: ValidationRunData, name: string): string[] {
  const full = fullNameOf(run, name);
  return [full, ...(run[full]?.inherit ?? [])].flatMap((one) => {
    const [source, contract] = one.split(/:(?=[^:]*$)/) as [string, string];
    const node = output.sources[source]?.ast.nodes.find((each) => "name" in each && each.name === contract);
    return assemblyCalls(node)
      .filter((called) => OPCODES.has(called))
      .map((called) => `${called} in ${source}`);
  });
}

function assemblyCalls(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { nodeType, functionName } = node as { nodeType?: string; functionName?: { name?: string } };
  const own = nodeType === "YulFunctionCall" && functionName?.name !== undefined ? [functionName.name] : [];
  return [...own, ...Object.values(node).flatMap(assemblyCalls)];
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

function abiOf(output: SolcOutput, source: string, name: string): string[] {
  const compiled = output.contracts[source]?.[name] as { readonly abi: InterfaceAbi } | undefined;
  const { fragments } = new Interface(compiled?.abi ?? []);
  return fragments
    .filter(({ type }) => type !== "constructor")
    .map((fragment) => fragment.format("minimal"))
    .sort();
}

function compile(input: SolcInput): SolcOutput {
  // Loaded when it is needed: it takes a second.
  const solc = createRequire(import.meta.url)("solc") as Solc;
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput;
  const failed = output.errors?.find(({ severity }) => severity === "error");
  if (failed !== undefined) throw new Error(`the compiler refuses it: ${failed.formattedMessage}`);
  return output;
}

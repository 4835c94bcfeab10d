import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Node } from "./ast.ts";

/** The compiler's standard JSON, as far as it matters here. */
export interface Input {
  readonly language: string;
  readonly sources: Readonly<Record<string, { readonly content: string }>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

interface Bytecode {
  readonly object: string;
  readonly linkReferences: unknown;
}

export interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources?: Readonly<Record<string, { readonly ast: Node }>>;
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, { readonly evm: Code }>>>>;
}

/** What a contract becomes on the chain. */
export interface Code {
  /** Contains the runtime code, and the constructor's. */
  readonly bytecode: Bytecode;
  readonly deployedBytecode: Bytecode;
}

export interface Compiled {
  /** Below the root of the project, with slashes. */
  readonly path: string;
  readonly contract: string;
  readonly code: Code;
}

/** Files that are compiled together: once to all of their code, and again to a part of it for each mutant. */
export interface Unit {
  readonly input: Input;
  readonly files: readonly CompiledFile[];
}

export interface CompiledFile {
  /** Below the root of the project, with slashes. */
  readonly path: string;
  /** The compiler's name of it. */
  readonly name: string;
  /** The compiler's names of all that it is made of, itself included. */
  readonly parts: ReadonlySet<string>;
}

/** The compiler refused, in its own words. */
export class DoesNotCompile extends Error {
  override readonly name = "DoesNotCompile";
}

/** A compiler of its own, loaded once, for one compilation at a time. */
export class Compiler {
  #thread = load();

  /** Whatever the input asks for. */
  async run(input: Input): Promise<Output> {
    this.#thread.postMessage(input);
    let output: Output;
    try {
      [output] = (await once(this.#thread, "message")) as [Output];
    } catch (cause) {
      // What makes the compiler itself fail is no mutant either; that instance may be damaged.
      this.#thread = load();
      throw new DoesNotCompile("the compiler broke down", { cause });
    }
    const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
    if (errors.length > 0) throw new DoesNotCompile(errors.map((error) => error.formattedMessage).join("\n"));
    return output;
  }

  /** The trees of all that a unit is made of, by the compiler's names. */
  async parse({ input }: Unit): Promise<Map<string, Node>> {
    const output = await this.run(asking(input, { "*": { "": ["ast"] } }));
    return new Map(Object.entries(output.sources ?? {}).map(([name, { ast }]) => [name, ast]));
  }

  /** The code of the contracts in some files of a unit, with another text in one of them if that is wanted. */
  async compile(
    { input }: Unit,
    files: readonly CompiledFile[],
    other?: { name: string; text: string },
  ): Promise<Compiled[]> {
    const sources = other === undefined ? input.sources : { ...input.sources, [other.name]: { content: other.text } };
    const wanted = ["evm.bytecode", "evm.deployedBytecode"].flatMap((code) => [
      `${code}.object`,
      `${code}.linkReferences`,
    ]);
    const selection = Object.fromEntries(files.map(({ name }) => [name, { "*": wanted }]));
    const output = await this.run(asking({ ...input, sources }, selection));
    return files.flatMap(({ path, name }) =>
      Object.entries(output.contracts?.[name] ?? {}).map(([contract, { evm }]) => ({ path, contract, code: evm })),
    );
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}

const load = (): Worker => new Worker(new URL("./compiler-thread.ts", import.meta.url));

/** The same input with another question. Metadata is left out: its hash of the source would make all mutants different. */
function asking(input: Input, outputSelection: unknown): Input {
  return { ...input, settings: { ...input.settings, metadata: { appendCBOR: false }, outputSelection } };
}

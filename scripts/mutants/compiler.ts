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

/** A file that is compiled for its own contracts, with all that it imports. */
export interface Unit {
  /** Below the root of the project, with slashes. */
  readonly file: string;
  /** The compiler's name of the file. */
  readonly name: string;
  readonly input: Input;
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

  /** The trees of a unit and of all that it imports, by the compiler's names. */
  async parse({ input }: Unit): Promise<Map<string, Node>> {
    const output = await this.run(asking(input, { "*": { "": ["ast"] } }));
    return new Map(Object.entries(output.sources ?? {}).map(([name, { ast }]) => [name, ast]));
  }

  /** The code of a unit's own contracts by their names, with other text in one of the files if that is wanted. */
  async compile({ name, input }: Unit, other?: { name: string; text: string }): Promise<Map<string, Code>> {
    const sources = other === undefined ? input.sources : { ...input.sources, [other.name]: { content: other.text } };
    const wanted = ["evm.bytecode", "evm.deployedBytecode"].flatMap((code) => [
      `${code}.object`,
      `${code}.linkReferences`,
    ]);
    const output = await this.run(asking({ ...input, sources }, { [name]: { "*": wanted } }));
    return new Map(Object.entries(output.contracts?.[name] ?? {}).map(([contract, { evm }]) => [contract, evm]));
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

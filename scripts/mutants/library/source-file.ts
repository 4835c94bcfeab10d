import path from "node:path";
import type { Location, Position } from "@stryker-mutator/api/core";
import ts from "typescript";
import { Source } from "../ast.ts";
import { Naming } from "../naming.ts";
import type { Subject } from "../report.ts";

/** A file of the library, and the names of its mutants. */
export class SourceFile {
  readonly #file: string;
  readonly #text: string;
  readonly #tree: ts.SourceFile;
  readonly #naming: Naming;

  /** @param file  below the root of the project, with slashes */
  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
    this.#naming = new Naming(new Source(text));
  }

  /** Those of one name are numbered in the order in which they are asked for. Lines and columns count from 1. */
  mutant(operator: string, location: Location, replacement: string): Subject {
    const [start, end] = [this.#positionOf(location.start), this.#positionOf(location.end)];
    const name = path.posix.basename(this.#file, ".ts");
    const place = [name, ...declarationsAround(this.#tree, start)].join(".");
    const edit = { span: this.#bytes(start, end), text: replacement, phrase: this.#bytes(...this.#lines(start, end)) };
    return {
      id: this.#naming.name(`${place}:${operator}`, edit),
      operator,
      file: this.#file,
      line: location.start.line,
      text: this.#text.slice(0, start) + replacement + this.#text.slice(end),
    };
  }

  #positionOf({ line, column }: Position): number {
    return this.#tree.getPositionOfLineAndCharacter(line - 1, column - 1);
  }

  /** The whole lines around a part of the text. */
  #lines(start: number, end: number): [start: number, end: number] {
    const after = this.#text.indexOf("\n", end);
    return [this.#text.lastIndexOf("\n", start - 1) + 1, after < 0 ? this.#text.length : after];
  }

  #bytes(start: number, end: number): { start: number; end: number } {
    const at = (position: number): number => Buffer.byteLength(this.#text.slice(0, position));
    return { start: at(start), end: at(end) };
  }
}

/** The declaration around a position that a reader of the file looks for; of a class, class and member. */
function declarationsAround(tree: ts.SourceFile, position: number): string[] {
  const isAround = (node: ts.Node): boolean => node.pos <= position && position < node.end;
  const statement = tree.statements.find(isAround);
  if (statement === undefined) return [];
  if (ts.isVariableStatement(statement)) return nameOf(statement.declarationList.declarations.find(isAround), tree);
  if (!ts.isClassDeclaration(statement)) return nameOf(statement, tree);
  return [statement, statement.members.find(isAround)].flatMap((node) => nameOf(node, tree));
}

/** Empty for what has no name. */
function nameOf(node: ts.Node | undefined, tree: ts.SourceFile): string[] {
  if (node === undefined) return [];
  if (ts.isConstructorDeclaration(node)) return ["constructor"];
  const name = (node as Partial<ts.NamedDeclaration>).name;
  return name === undefined ? [] : [name.getText(tree)];
}

/** What the compiler says about a piece of source. Fields differ by `nodeType`; the helpers below read them. */
export interface Node {
  readonly nodeType: string;
  /** `start:length:file`, in bytes: `textOf` and `spanOf` read it. */
  readonly src: string;
  readonly [field: string]: unknown;
}

/** From the first byte to the one after the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A source file. The compiler counts bytes, so the text is kept as bytes. */
export class Source {
  readonly #bytes: Buffer;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, "utf8");
  }

  slice({ start, end }: Span): string {
    return this.#bytes.toString("utf8", start, end);
  }

  textOf(node: Node): string {
    return this.slice(spanOf(node));
  }

  /** The span with everything up to and including the semicolon that follows, if one follows. */
  withSemicolon({ start, end }: Span): Span {
    const rest = /^\s*;/.exec(this.#bytes.toString("latin1", end, end + 200));
    return { start, end: end + (rest?.[0].length ?? 0) };
  }

  /** {1} Line of a byte, from 1. */
  lineOf(byte: number): number {
    return this.#bytes.toString("latin1", 0, byte).split("\n").length;
  }

  replace({ start, end }: Span, text: string): string {
    return this.slice({ start: 0, end: start }) + text + this.slice({ start: end, end: this.#bytes.length });
  }
}

export function spanOf(node: Node): Span {
  const [start = 0, length = 0] = node.src.split(":").map(Number);
  return { start, end: start + length };
}

export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Partial<Node>).nodeType === "string";

/** The node in a field, if there is one. */
export function child(node: Node | undefined, field: string): Node | undefined {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that holds a list. */
export function list(node: Node | undefined, field: string): Node[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function word(node: Node | undefined, field: string): string {
  const value = node?.[field];
  return typeof value === "string" ? value : "";
}

/** The type of an expression, as the compiler writes it. */
export function typeOf(node: Node | undefined): string {
  return word(node?.["typeDescriptions"] as Node | undefined, "typeString");
}

/** What a call calls, without what stands before its last dot. */
export function calleeName(call: Node): string {
  const callee = child(call, "expression");
  return callee?.nodeType === "MemberAccess" ? word(callee, "memberName") : word(callee, "name");
}

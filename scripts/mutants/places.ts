import { isNode, list, spanOf, word } from "./ast.ts";
import type { Node, Source } from "./ast.ts";

/** A node that may be mutated, and what surrounds it. */
export interface Place {
  readonly node: Node;
  /** From the file down to the node's parent. */
  readonly ancestors: readonly Node[];
  /** Field of the parent that holds the node. */
  readonly field: string;
  readonly source: Source;
  /** Contract, library, or the file's name for what stands outside of them. */
  readonly contract: string;
  /** Function or modifier; empty for what stands outside of them. */
  readonly function: string;
  readonly declared: Declared;
}

/** What one has to know of the other files. */
export interface Declared {
  /** Declarations of constants, by the compiler's number. */
  readonly constants: ReadonlySet<number>;
  readonly functions: ReadonlySet<string>;
}

/** Declarations hold no code, types are not values, and a NatSpec comment is neither. */
const SKIPPED = new Set([
  "StructuredDocumentation",
  "EventDefinition",
  "ErrorDefinition",
  "StructDefinition",
  "EnumDefinition",
  "ImportDirective",
  "PragmaDirective",
  "UsingForDirective",
  "InheritanceSpecifier",
  "ParameterList",
  "OverrideSpecifier",
  "ElementaryTypeName",
  "ElementaryTypeNameExpression",
  "UserDefinedTypeName",
  "ArrayTypeName",
  "Mapping",
]);

const isInterface = (node: Node): boolean =>
  node.nodeType === "ContractDefinition" && word(node, "contractKind") === "interface";

/** Every node of a file that holds code, in the order of the source. */
export function* placesIn(file: Node, source: Source, fileName: string, declared: Declared): Generator<Place> {
  const base = { source, contract: fileName, function: "", declared };
  yield* inside(file, [], base);
}

type Surroundings = Omit<Place, "node" | "ancestors" | "field">;

function* inside(node: Node, above: readonly Node[], around: Surroundings): Generator<Place> {
  const ancestors = [...above, node];
  for (const [field, next] of childrenOf(node)) {
    if (SKIPPED.has(next.nodeType) || isInterface(next)) continue;
    yield { node: next, ancestors, field, ...around };
    yield* inside(next, ancestors, enter(next, around));
  }
}

/** The contract and function that a node stands in, when it is itself neither. */
export function enter<Around extends Pick<Place, "contract" | "function">>(node: Node, around: Around): Around {
  switch (node.nodeType) {
    case "ContractDefinition":
      return { ...around, contract: word(node, "name") };
    case "FunctionDefinition":
      return { ...around, function: word(node, "name") || word(node, "kind") };
    case "ModifierDefinition":
      return { ...around, function: word(node, "name") };
    default:
      return around;
  }
}

/** In the order of the source; the compiler's is that of the fields' names. */
function childrenOf(node: Node): [field: string, child: Node][] {
  return Object.entries(node)
    .flatMap(([field, value]) =>
      (Array.isArray(value) ? value : [value]).map((item): [string, unknown] => [field, item]),
    )
    .filter((entry): entry is [string, Node] => isNode(entry[1]))
    .sort(([, a], [, b]) => spanOf(a).start - spanOf(b).start);
}

/** Collects what any of the files declares. */
export function declaredIn(files: Iterable<Node>): Declared {
  const constants = new Set<number>();
  const functions = new Set<string>();
  const visit = (node: Node): void => {
    if (node.nodeType === "VariableDeclaration" && word(node, "mutability") === "constant")
      constants.add(Number(node["id"]));
    if (node.nodeType === "FunctionDefinition") functions.add(word(node, "name"));
    else for (const part of list(node, "nodes")) visit(part);
  };
  for (const file of files) visit(file);
  return { constants, functions };
}

import { child, isNode, list, Source, spanOf, word } from "../mutants/ast.ts";
import type { Node } from "../mutants/ast.ts";
import { enter } from "../mutants/places.ts";
import type { Place } from "../mutants/places.ts";

/** An expression that decides which way the code goes, and has no `&&`, `||` or `!` to be taken apart. */
export interface Condition {
  /** {1} From 1. */
  readonly line: number;
  /** `Contract.function`; what stands outside of one has an empty name there. */
  readonly where: string;
  readonly text: string;
  /** Lines of the rewritten file that run when it was met, and when it was not. */
  readonly met: number;
  readonly unmet: number;
}

const BRANCHING = ["IfStatement", "Conditional", "WhileStatement", "DoWhileStatement", "ForStatement"];

/**
 * A source in which each condition is passed through a function of its own, with a statement for either outcome, so that the coverage of
 * statements tells the coverage of branches.
 */
export function branching(text: string, tree: Node): { text: string; conditions: Condition[] } {
  const original = new Source(text);
  const places = new Map<Node, string>();
  for (const { leaf, where } of leavesIn(tree, { contract: "", function: "" })) places.set(leaf, where);
  const leaves = [...places.keys()].sort((a, b) => spanOf(a).start - spanOf(b).start);
  // A condition may contain another one, so text is put in between, and never replaced.
  const insertions = leaves.flatMap((leaf, i) => {
    const { start, end } = spanOf(leaf);
    return [
      { at: start, text: `_condition${i}(` },
      { at: end, text: ")" },
    ];
  });
  let rewritten = text;
  for (const { at, text: inserted } of insertions.sort((a, b) => b.at - a.at)) {
    rewritten = new Source(rewritten).replace({ start: at, end: at }, inserted);
  }

  const lines = rewritten.trimEnd().split("\n");
  const conditions = leaves.map((leaf, i) => {
    lines.push(`function _condition${i}(bool met) pure returns (bool) {`, "if (met) {", "return true;", "}");
    lines.push("return false;", "}");
    const last = lines.length;
    return {
      line: original.lineOf(spanOf(leaf).start),
      where: places.get(leaf)!,
      text: original.textOf(leaf).replaceAll(/\s+/g, " "),
      met: last - 3,
      unmet: last - 1,
    };
  });
  return { text: `${lines.join("\n")}\n`, conditions };
}

function* leavesIn(
  node: Node,
  outside: Pick<Place, "contract" | "function">,
): Generator<{ leaf: Node; where: string }> {
  const around = enter(node, outside);
  const where = `${around.contract}.${around.function}`;
  for (const leaf of leavesAt(node)) yield { leaf, where };
  for (const value of Object.values(node)) {
    for (const inner of Array.isArray(value) ? value : [value]) if (isNode(inner)) yield* leavesIn(inner, around);
  }
}

/** What decides in the node itself. */
function* leavesAt(node: Node): Generator<Node> {
  if (BRANCHING.includes(node.nodeType)) yield* leavesOf(child(node, "condition"));
  if (node.nodeType === "FunctionCall" && word(child(node, "expression"), "name") === "require") {
    yield* leavesOf(list(node, "arguments")[0]);
  }
  if (isLogical(node)) yield* leavesOf(node);
}

/** What is left of a condition when it is taken apart. */
function* leavesOf(condition: Node | undefined): Generator<Node> {
  if (condition === undefined) return;
  if (isLogical(condition)) {
    yield* leavesOf(child(condition, "leftExpression"));
    yield* leavesOf(child(condition, "rightExpression"));
  } else if (condition.nodeType === "UnaryOperation" && word(condition, "operator") === "!") {
    yield* leavesOf(child(condition, "subExpression"));
  } else if (condition.nodeType === "TupleExpression") {
    yield* leavesOf(list(condition, "components")[0]);
  } else if (condition.nodeType !== "Literal") {
    yield condition; // `while (true)` is left by other ways
  }
}

const isLogical = (node: Node): boolean =>
  node.nodeType === "BinaryOperation" && ["&&", "||"].includes(word(node, "operator"));

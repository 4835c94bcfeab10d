// What many blocks have, asked for in ranges that a public end point answers.
import type { Provider } from "ethers";

/** {1} Blocks that one question covers at first: more is refused by most public end points, however little there is. */
const MOST_BLOCKS = 10_000;
/** {1} Pages that are answered before a larger one is tried again. */
const BEFORE_LARGER = 10;

/** From which block on, and how it is told how far it is. */
export interface Blocks {
  readonly from: number;
  /** The last one; without it, the chain's. */
  readonly to?: number;
  readonly onPage?: OnPage | undefined;
}

/** Called after each page. `done`, `total` {1} blocks. */
export type OnPage = (done: number, total: number) => void;

/**
 * All that `ask` finds in some blocks, in their order. A page that the end point finds too large is halved, down to one block.
 * @throws what `ask` throws for another reason, or for one block
 */
export async function pages<T>(
  provider: Provider,
  { from, to, onPage }: Blocks,
  ask: (first: number, last: number) => Promise<readonly T[]>,
): Promise<T[]> {
  const last = to ?? (await provider.getBlockNumber());
  const found: T[] = [];
  let [size, answered] = [MOST_BLOCKS, 0];
  for (let first = from; first <= last;) {
    const end = Math.min(last, first + size - 1);
    try {
      for (const one of await ask(first, end)) found.push(one);
    } catch (error) {
      if (first === end || !isTooMuch(error)) throw error;
      [size, answered] = [Math.ceil((end - first + 1) / 2), 0];
      continue;
    }
    onPage?.(end - from + 1, last - from + 1);
    first = end + 1;
    answered += 1;
    // Where there were many events there may be few later on.
    if (answered % BEFORE_LARGER === 0) size = Math.min(MOST_BLOCKS, size * 2);
  }
  return found;
}

/**
 * What end points say of a question for logs that is too large: of the range of blocks, of the number or size of the results, or of the time that it takes. No code says it: −32602 (Alchemy,
 * Infura, reth), −32600 (Alchemy's free tier), −32005 (Infura, which says the same of too many requests), −32614 (QuickNode), −32062 (Ankr), −32047 (Cloudflare), −32701 (publicnode), 35 (dRPC), −32000
 * (geth and what is made of it), HTTP's 413. So it is told from the words, examples of which are in the test. What is taken for it by mistake costs some questions more and then fails as it did.
 */
const TOO_MUCH =
  /\branges?\b|\b(more than|max\w*) [\d,]* ?results\b|too many (logs|results)|response (size|(is )?too (large|big))|(at most|up to) [\d,k]+ blocks|query time ?out|timeout [^.]*exceeded|timed out|\b413\b/i;

function isTooMuch(error: unknown): boolean {
  return TOO_MUCH.test(wordsOf(error));
}

/** Where nodes, libraries and HTTP put what they say; not where they repeat the question. */
const PARTS = ["message", "shortMessage", "data", "payload", "error", "info", "cause", "responseBody"] as const;

function wordsOf(error: unknown, depth = 0): string {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null || depth > 5) return "";
  return PARTS.map((part) => wordsOf((error as Partial<Record<string, unknown>>)[part], depth + 1)).join("\n");
}

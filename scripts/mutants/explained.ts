import { readFileSync } from "node:fs";
import JSON5 from "json5";
import { z } from "zod";
import type { Mutant } from "./mutants.ts";

const schema = z.record(z.string(), z.string().trim().min(20, "an explanation says why"));

/** Survivors that somebody has looked at, and why each is equivalent or harmless. */
export type Explanations = Readonly<Record<string, string>>;

/** Reads the reviewed file; a project without one has explained nothing. */
export function readExplanations(file: string): Explanations {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  const parsed = schema.safeParse(JSON5.parse(text));
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Explanations of mutants that are no longer made, although others of their contract or file were generated. */
export function staleIn(explanations: Explanations, generated: readonly Pick<Mutant, "id">[]): string[] {
  const ids = new Set(generated.map(({ id }) => id));
  const parts = new Set(generated.map(({ id }) => partOf(id)));
  return Object.keys(explanations).filter((id) => parts.has(partOf(id)) && !ids.has(id));
}

/** The contract or file with which an identifier begins. */
export const partOf = (id: string): string => id.split(/[.:]/, 1)[0]!;

import { getStorageUpgradeErrors, type StorageLayout } from "@openzeppelin/upgrades-core";
import type { Inspected } from "./inspect.ts";

export type FindingKind = "StorageIncompatible" | "UnsafeCode" | "ImmutablesChanged" | "InterfaceBroken";

/** A reason to refuse an upgrade. */
export interface Finding {
  readonly kind: FindingKind;
  /** What is wrong, and what to do. */
  readonly detail: string;
}

type StorageError = ReturnType<typeof getStorageUpgradeErrors>[number];
type Field = Extract<StorageError, { readonly kind: "delete" }>["original"];

/**
 * What an upgrade from released code to other code breaks.
 * @param mayBreak whether callers may lose what they use
 */
export function compare(released: Inspected, next: Inspected, mayBreak: boolean): Finding[] {
  return [
    ...storageFindings(released.layout, next.layout),
    ...missing(released.unsafe, next.unsafe).map((code) => ({
      kind: "UnsafeCode" as const,
      detail: `${code}: what a proxy delegates to must not do that`,
    })),
    ...immutableFindings(released.immutables, next.immutables),
    ...(mayBreak ? [] : missing(next.abi, released.abi)).map((entry) => ({
      kind: "InterfaceBroken" as const,
      detail: `"${entry}" is gone: keep it, or raise the version that says that callers break`,
    })),
  ];
}

function storageFindings(released: StorageLayout, next: StorageLayout): Finding[] {
  return getStorageUpgradeErrors(released, next).map((error) => ({
    kind: "StorageIncompatible",
    detail: explain(error, released, next),
  }));
}

function explain(error: StorageError, released: StorageLayout, next: StorageLayout): string {
  switch (error.kind) {
    case "delete-namespace":
      return `slot 0 of ${error.namespace}: the whole namespace of \`${error.original.contract}\` is gone: keep it, even if nothing uses it`;
    case "delete":
      return `${placeOf(error.original, released)}: ${nameOf(error.original)} is gone: keep it, even if nothing uses it`;
    case "insert":
      return `${placeOf(error.updated, next)}: ${nameOf(error.updated)} is new before others: put it behind all that are there`;
    case "append":
      return `${placeOf(error.updated, next)}: ${nameOf(error.updated)} is new where something else may follow`;
  }
  const [at, was, is] = [placeOf(error.original, released), nameOf(error.original), nameOf(error.updated)];
  switch (error.kind) {
    case "rename":
      return `${at}: ${was} is called ${is} now: say \`@custom:oz-renamed-from\` if it is the same`;
    case "replace":
      return `${at}: ${is} stands where ${was} stood: keep what is there in its place`;
    case "layoutchange":
      return `${at}: ${was} moves to ${placeOf(error.updated, next)}`;
    case "finishgap":
    case "shrinkgap":
      return `${at}: ${was} does not end where it ended`;
    case "typechange":
      return `${at}: ${was} changes its type from ${typeOf(error.original)} to ${typeOf(error.updated)} (${error.change.kind}): add a new field instead`;
  }
}

/** The slot as it is counted within its namespace. */
function placeOf(field: Field, layout: StorageLayout): string {
  const isIt = ({ label, contract }: { label: string; contract: string }): boolean =>
    label === field.label && contract === field.contract;
  const namespace = Object.entries(layout.namespaces ?? {}).find(([, fields]) => fields.some(isIt))?.[0];
  const byte = field.offset === undefined || field.offset === 0 ? "" : `, byte ${field.offset}`;
  return `slot ${field.slot ?? "?"}${byte} of ${namespace ?? "the contract"}`;
}

const nameOf = ({ contract, label }: Field): string => `\`${contract}.${label}\``;

const typeOf = ({ type }: Field): string => `\`${type.item.label}\``;

function immutableFindings(released: readonly string[], next: readonly string[]): Finding[] {
  const [gone, added] = [missing(next, released), missing(released, next)];
  if (gone.length + added.length === 0) return [];
  const parts = [...gone.map((name) => `${name} is gone`), ...added.map((name) => `${name} is new`)];
  return [
    {
      kind: "ImmutablesChanged",
      detail: `${parts.join(", ")}: whom a contract knows is agreed on with its release; make a snapshot of a new one once this is reviewed`,
    },
  ];
}

/** What is in `all` and not in `known`. */
function missing(known: readonly string[], all: readonly string[]): string[] {
  const set = new Set(known);
  return all.filter((one) => !set.has(one));
}

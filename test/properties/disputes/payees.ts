import type { Stage } from "./stage.ts";

/**
 * What an account may do with a payment, as code at its address. "dear" needs more gas than a payment brings, and "greedy" asks for more while
 * it is paid; "burning" uses up what it gets.
 */
export const PAYEES = {
  willing: "0x",
  refusing: "0x60006000fd",
  burning: "0xfe",
  // Writes three new words: SSTORE of GAS at GAS.
  dear: "0x5a5a555a5a555a5a5500",
  // CALL of withdraw() at CALLER, with all gas and no value; whatever becomes of that, it takes the money.
  greedy: "0x633ccfd60b60e01b5f525f5f60045f5f335af100",
} as const;

export type Payee = keyof typeof PAYEES;

/** Whether it takes a payment that comes with little gas, or with as much as it wants. */
export function takes(payee: Payee, gas: "little" | "plenty"): boolean {
  return payee === "willing" || payee === "greedy" || (payee === "dear" && gas === "plenty");
}

export async function become({ protocol }: Stage, account: string, payee: Payee): Promise<void> {
  await protocol.provider.request({ method: "hardhat_setCode", params: [account, PAYEES[payee]] });
}

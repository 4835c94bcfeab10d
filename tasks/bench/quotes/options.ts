import { z } from "zod";
import type { BrokerReader } from "../../../offchain/pm/interface.ts";

// What the processes of `npx hardhat bench quotes` tell each other, and the chain that all of them see.

export const TICKET_DOMAIN = { chainId: 31337n, broker: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
export const QUOTE_DOMAIN = { chainId: 31337n, verifyingContract: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0" };
export const SERVICE = `0x${"5e".repeat(32)}`;

/** A broker that knows one round and rich senders. */
export const broker: BrokerReader = {
  currentRound: () => Promise.resolve(10),
  ticketValidity: () => Promise.resolve(2),
  sender: () => Promise.resolve({ deposit: 2n ** 90n, escrow: 0n, withdrawRound: null }),
  allocation: () => Promise.resolve({ amount: 0n, leaving: 0n, releaseRound: null }),
  signer: () => Promise.resolve({ lastRound: 0, cap: 0n, spent: 0n }),
  isClosed: () => Promise.resolve(false),
};

export const sellerOptionsSchema = z.object({ first: z.int(), count: z.int() });

export const sellersSchema = z.array(z.object({ address: z.string(), port: z.int() }));
export type Sellers = z.infer<typeof sellersSchema>;

export const buyerOptionsSchema = z.object({
  /** Of the store. */
  path: z.string(),
  /** `cold`: from nothing. `warm`: from what another process has left in the store. */
  mode: z.enum(["cold", "warm"]),
  sellers: sellersSchema,
});
export type BuyerOptions = z.infer<typeof buyerOptionsSchema>;

export const buyerResultSchema = z.object({
  source: z.string(),
  candidates: z.int(),
  sessions: z.int(),
  /** {ms} Of the first time in the process, and of the middle one of several. */
  firstMs: z.number(),
  medianMs: z.number(),
  /** {ms} Of this process alone. */
  medianCpuMs: z.number(),
});
export type BuyerResult = z.infer<typeof buyerResultSchema>;

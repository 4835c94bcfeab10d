import type { Deployment } from "../../deploy/contracts.ts";
import type { TicketDomain } from "../pm/interface.ts";
import type { VerificationDomain } from "../verification/interface.ts";

/** In which tickets are signed. */
export function ticketDomainOf({ chainId, contracts }: Deployment): TicketDomain {
  return { chainId: BigInt(chainId), broker: contracts.TicketBroker.proxy };
}

/** In which orders and receipts are signed. */
export function verificationDomainOf({ chainId, contracts }: Deployment): VerificationDomain {
  return { chainId: BigInt(chainId), verifyingContract: contracts.BondingManager.proxy };
}

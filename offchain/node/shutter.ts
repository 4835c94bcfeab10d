import { StreamflowError } from "../errors.ts";
import type { Deadline } from "../net/deadline.ts";
import type { Form } from "../net/form.ts";
import type { Status } from "../net/wire.ts";
import type { Shop } from "./orchestrator-routes.ts";

/** A shop that sells only while it is open: what else the node does goes on while it is closed. */
export class Shutter implements Shop {
  readonly #address: string;
  readonly #shop: Shop;
  #isOpen: boolean;
  #isShutDown = false;

  /** @param options.address the orchestrator's */
  constructor(options: { readonly address: string; readonly isOpen: boolean }, modules: { readonly shop: Shop }) {
    this.#address = options.address;
    this.#isOpen = options.isOpen;
    this.#shop = modules.shop;
  }

  open(): void {
    this.#isOpen = true;
  }

  /** What was begun goes on. */
  close(): void {
    this.#isOpen = false;
  }

  /** Closes for good; what was begun goes on. */
  shutDown(): void {
    this.#isShutDown = true;
  }

  /** Errors: those of the shop; `SellingOff` while it is closed, `ShuttingDown` when it is for good. */
  async quote(body: unknown): Promise<object> {
    this.#requireOpen();
    return this.#shop.quote(body);
  }

  /** Errors: those of the shop; `SellingOff` while it is closed, `ShuttingDown` when it is for good. */
  async segment(form: Form, deadline: Deadline): Promise<{ body: Buffer; contentType: string }> {
    this.#requireOpen();
    return this.#shop.segment(form, deadline);
  }

  status(): Status {
    return { ...this.#shop.status(), selling: this.#isOpen && !this.#isShutDown };
  }

  #requireOpen(): void {
    if (this.#isShutDown) throw new StreamflowError("ShuttingDown", `${this.#address} is about to stop`);
    if (this.#isOpen) return;
    throw new StreamflowError("SellingOff", `${this.#address} is not an active orchestrator at present`);
  }
}

import { expect } from "chai";
import { type ErrorCode, StreamflowError } from "../../../offchain/errors.ts";

/** Expects a coded error and returns it. */
export async function expectCode(
  action: Promise<unknown> | (() => unknown),
  code: ErrorCode,
): Promise<StreamflowError> {
  let caught: unknown;
  try {
    await (typeof action === "function" ? action() : action);
  } catch (error) {
    caught = error;
  }
  expect(caught, `expected ${code}, nothing was thrown`).to.be.instanceOf(Error);
  expect(caught instanceof StreamflowError ? caught.code : String(caught)).to.equal(code);
  return caught as StreamflowError;
}

import { readFile } from "node:fs/promises";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { connect } from "../../deploy/contracts.ts";
import { networkOption, openAccount } from "../common/context.ts";
import type { WriteArguments } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { settle } from "../common/output.ts";
import type { Sent } from "../common/output.ts";

/** {characters} What fits into a transaction and is read to its end. */
const MOST = 20_000;

export default async function ask(
  args: WriteArguments & { readonly file: string },
  hre: HardhatRuntimeEnvironment,
): Promise<Sent & { poll: string }> {
  const text = (await readFile(args.file, "utf8").catch(unreadable(args.file))).trim();
  if (text === "" || text.length > MOST)
    throw new TaskError(`${args.file} has ${text.length} characters: write 1 to ${MOST}`);
  const { contracts, signer } = await openAccount(args, hre);
  const polls = connect("Polls", contracts.deployment.contracts.Polls.proxy, signer);
  const poll = (await polls.createPoll.staticCall(text)).toString();
  return settle(polls.createPoll(text), {
    json: args.json,
    text: `poll ${poll} is open: npx hardhat polls show ${poll.slice(0, 8)}${await networkOption(hre, args.dir)}`,
    data: { poll },
  });
}

const unreadable =
  (file: string) =>
  (cause: Error): never => {
    throw new TaskError(`${file} cannot be read: name a file of Markdown`, cause);
  };

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { pino } from "pino";
import { Credentials } from "../../../offchain/pool/credentials.ts";

const MAIN = fileURLToPath(new URL("../../../offchain/cli/main.js", import.meta.url));

describe("streamflow pool", () => {
  let dir: string;
  let file: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "pool-"));
    file = join(dir, "pool.json");
  });
  after(() => rm(dir, { recursive: true }));

  const pool = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, [MAIN, "pool", ...args, "--credentials", file])).stdout;
  const complaint = (...args: string[]) =>
    pool(...args).then(
      () => "none",
      (error: unknown) => (error as { stderr: string }).stderr,
    );

  it("makes credentials whose secrets stand nowhere else, and takes them away", async () => {
    const secret = (await pool("add", "north")).trim();
    await pool("add", "south");
    expect(await readFile(file, "utf8")).not.to.contain(secret.split(".")[1]);
    expect(await pool("list")).to.equal("north\nsouth\n");
    const nameOf = async () => {
      const credentials = await Credentials.open(file, { log: pino({ level: "silent" }) });
      credentials.close();
      return credentials.nameOf(secret);
    };
    expect(await nameOf()).to.equal("north");
    await pool("remove", "north");
    expect(await nameOf()).to.equal(null);
  });

  it("refuses a name that is unsafe, taken or unknown", async () => {
    expect(await complaint("add", "a.b")).to.contain("ArgumentInvalid");
    expect(await complaint("add", "south")).to.contain("ArgumentInvalid");
    expect(await complaint("remove", "west")).to.contain("ArgumentInvalid");
  });
});

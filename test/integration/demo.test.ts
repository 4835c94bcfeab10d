import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HARDHAT = join(ROOT, "node_modules", ".bin", "hardhat");

/** The command as a user would type it, in a process of its own. */
class DemoCommand {
  readonly child: ChildProcess;
  output = "";
  readonly #exit: Promise<[number | null]>;

  constructor(args: readonly string[]) {
    this.child = spawn(HARDHAT, ["demo", ...args], {
      cwd: ROOT,
      env: { ...process.env, PATH: `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH ?? ""}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    this.#exit = once(this.child, "close") as Promise<[number | null]>;
  }

  async exitCode(): Promise<number | null> {
    return (await this.#exit)[0];
  }

  /** Resolves at the line that begins so. */
  async said(beginning: string): Promise<void> {
    if (this.child.stdout === null) throw new Error("no pipe");
    for await (const line of createInterface({ input: this.child.stdout })) if (line.startsWith(beginning)) return;
    throw new Error(`the demo ended before it said "${beginning}": ${this.output}`);
  }
}

/** Processes whose command line names the directory. */
async function processesIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes(dir)) found.push(command.replaceAll("\0", " "));
  }
  return found;
}

/** No node any more, and soon no ffmpeg: one whose node took too long to end, and was killed, ends after it. */
async function expectNoneLeft(dir: string): Promise<void> {
  expect((await processesIn(dir)).filter((command) => command.includes("main.js"))).to.deep.equal([]);
  while ((await processesIn(dir)).length > 0) await delay(100);
}

describe("npx hardhat demo", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "demo-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("streams, accounts for every wei, and reports it", async () => {
    const file = join(dir, "report.json");
    const demo = new DemoCommand(["--seconds", "4", "--out", join(dir, "out"), "--report", file]);
    expect(await demo.exitCode(), demo.output).to.equal(0);
    const report = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    expect(report).to.include({ segments: 2, renditions: 3, deliveredPercent: 100 });
    // One more for a segment that was late, or whose quote ended with a round.
    expect(report.ticketsSent).to.be.at.least(2);
    expect(report.ticketsRedeemed).to.equal(report.ticketsWon);
    const orchestrators = report.orchestrators as { segments: number; earnedWei: string }[];
    expect(orchestrators).to.have.length(2);
    const earned = orchestrators.reduce((sum, { earnedWei }) => sum + BigInt(earnedWei), 0n);
    expect(earned.toString()).to.equal(report.broadcasterPaidWei);
    for (const key of ["gasUsed", "wallSeconds", "bareFfmpegSeconds", "ratio"])
      expect(report[key], key).to.be.a("number");
    expect(demo.output).to.contain("segments").and.to.contain("bare ffmpeg, same ladder");
    expect((await stat(join(dir, "out", "hls", "index.m3u8"))).size > 0).to.equal(true);
    await expectNoneLeft(dir);
  });

  it("ends with a code and without a trace when the input is none", async () => {
    const demo = new DemoCommand(["--input", join(dir, "absent.mp4"), "--out", join(dir, "out")]);
    expect(await demo.exitCode()).to.equal(1);
    expect(demo.output).to.contain("InputNotFound");
  });

  it("does not empty a directory that is not its own", async () => {
    const demo = new DemoCommand(["--seconds", "2", "--out", ROOT]);
    expect(await demo.exitCode()).to.equal(1);
    expect(demo.output).to.contain("not from an earlier demo");
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`leaves no process behind after ${signal} in mid-stream`, async function () {
      if (process.platform !== "linux") return this.skip();
      const demo = new DemoCommand(["--seconds", "20", "--realtime", "--out", join(dir, "out")]);
      await demo.said("streaming");
      expect((await processesIn(dir)).length, "its processes run").to.be.above(3);
      demo.child.kill(signal);
      const code = await demo.exitCode();
      if (signal === "SIGINT") {
        expect(code).to.equal(130);
        return expectNoneLeft(dir);
      }
      // Nobody is left who could say when the last one has ended.
      while ((await processesIn(dir)).length > 0) await delay(100);
    });
  }
});

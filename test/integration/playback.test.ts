import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type Browser, chromium } from "playwright-core";
import { makeClip } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { pushClip } from "../fixtures/live.ts";

/** Debian's; named by the environment elsewhere. */
const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const SECONDS = 10;
/** {ms} The whole stream, and some. */
const PLAY_MS = 300_000;

interface Shown {
  readonly total: number;
  readonly dropped: number;
}

describe("playback in a browser", () => {
  let net: TestNetwork;
  let browser: Browser;

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      process.stderr.write(`      notice: ${CHROMIUM} is not there, playback in a browser is not tested\n`);
      this.skip();
    }
    net = await startTestNetwork();
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
    });
  });
  after(async () => {
    await browser?.close();
    await net?.close();
  });

  it("shows every picture of a live stream to its end, on the page that the gateway serves", async () => {
    const clip = await makeClip({ seconds: SECONDS, file: join(net.dir, "clip.mp4"), size: "320x180", keyframes: 30 });
    const gateway = await net.devnet.startBroadcaster({
      out: join(net.dir, "live"),
      ladder: [{ name: "120p", shortSide: 120 }],
      selection: { maximumPrice: "1000000000000000" },
      live: { listen: { port: 0 }, window: 30, segmentMs: 1_000, deadlineMs: 60_000 },
    });
    const url = String((await gateway.line("ready"))["url"]);
    const page = await browser.newPage();
    const delivered = gateway.line("segment delivered");
    const pushing = pushClip(clip, ["-c", "copy", "-f", "mpegts", "-method", "POST", `${url}/live/movie`]);
    await delivered;
    // From the beginning, so that the number of pictures is known.
    await page.goto(`${url}/watch/movie?from=start`);
    await page.getByText("The stream has ended").waitFor({ timeout: PLAY_MS });
    await pushing;
    const shown = await page.evaluate<Shown>(`({
      total: document.getElementById("video").getVideoPlaybackQuality().totalVideoFrames,
      dropped: document.getElementById("video").getVideoPlaybackQuality().droppedVideoFrames,
    })`);
    // Those that a busy machine does not paint are counted, too: they were decoded. What a player that fell behind jumps over is not.
    expect(shown.total).to.be.at.least(0.97 * 30 * SECONDS);
  });
});

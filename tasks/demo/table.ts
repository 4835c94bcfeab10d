import Table from "cli-table3";
import { formatEther } from "ethers";
import type { DemoReport } from "./report.ts";

/** Rows without lines between them. */
const COMPACT = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

const eth = (wei: string) => `${Number(formatEther(wei)).toFixed(6)} ETH`;

/** The demo's account for a person, with colours where they can be seen. */
export function renderReport(report: DemoReport, colours: boolean): string {
  const style = colours ? { head: ["cyan"] } : { head: [], border: [] };
  const stream = new Table({ chars: COMPACT, head: ["stream", ""], style });
  stream.push(
    ["segments", `${report.segments} × ${report.renditions} renditions (${report.ladder.join(", ")})`],
    ["delivered", `${report.deliveredPercent.toFixed(2)} %`],
    ["tickets", `${report.ticketsSent} sent, ${report.ticketsWon} won, ${report.ticketsRedeemed} redeemed`],
    [
      "broadcaster paid",
      `${eth(report.broadcasterPaidWei)} (its tickets were worth ${eth(report.expectedWei)} on average)`,
    ],
    [
      "gas of the redemptions",
      `${Number(report.gasUsed).toLocaleString("en")}${report.ticketsRedeemed > 0 ? ` (${Math.round(Number(report.gasUsed) / report.ticketsRedeemed).toLocaleString("en")} each)` : ""}`,
    ],
    ["wall time", `${report.wallSeconds.toFixed(2)} s for ${report.mediaSeconds.toFixed(1)} s of video`],
    ["bare ffmpeg, same ladder", `${report.bareFfmpegSeconds.toFixed(2)} s`],
    ["ratio", report.ratio.toFixed(2)],
  );

  const earnings = new Table({
    chars: COMPACT,
    head: ["orchestrator", "segments", "earned"],
    colAligns: ["left", "right", "right"],
    style,
  });
  for (const { address, segments, earnedWei } of report.orchestrators)
    earnings.push([address, segments, eth(earnedWei)]);
  return `${stream.toString()}\n${earnings.toString()}`;
}

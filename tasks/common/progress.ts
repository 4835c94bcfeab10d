import type { OnPage } from "../../deploy/pages.ts";

/** {ms} Between two lines. Whoever reads fewer blocks than that takes is told nothing. */
const INTERVAL = 2_000;

/** Says on the error output, which no program reads for results, how many blocks were read. */
export function sayPages(
  write = (line: string): unknown => process.stderr.write(line),
  now = () => performance.now(),
): OnPage {
  let next = now() + INTERVAL;
  return (done, total) => {
    if (now() < next) return;
    next = now() + INTERVAL;
    write(`${done.toLocaleString("en")} of ${total.toLocaleString("en")} blocks are read\n`);
  };
}

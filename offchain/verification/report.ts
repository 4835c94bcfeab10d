/** What a program can find, by the number that it reports. */
export type Findings<Code extends string = string> = Readonly<Record<number, readonly [code: Code, text: string]>>;

/** Where a finding is, by the number that a program reports. */
const PLACES = ["parameters", "source", "output"] as const;

/** The first thing that was found, which ended the run. */
export interface Finding<Code extends string = string> {
  readonly code: Code;
  readonly where: (typeof PLACES)[number];
  /** {bytes} How far the program had read: what exactly, its LIP says. */
  readonly position: number;
  /** {1} Pictures before it, in the order that the LIP says. */
  readonly picture: number;
  /** What they mean depends on the code: the program's LIP. */
  readonly expected: number;
  readonly found: number;
}

/** The eight words with which every program's report begins. */
export interface ReportHead<Code extends string = string> {
  /** Null when nothing was found, or when the run ended otherwise than by itself. */
  readonly finding: Finding<Code> | null;
  /** {1} Pictures that were read. */
  readonly sourcePictures: number;
  readonly outputPictures: number;
}

/** @param isComplete whether the run ended by itself */
export function decodeHead<Code extends string>(
  findings: Findings<Code>,
  words: readonly number[],
  isComplete: boolean,
): ReportHead<Code> {
  const word = (at: number): number => words[at] ?? 0;
  const [code] = findings[word(0)] ?? [];
  const where = PLACES[word(1)];
  const [position, picture, expected, found] = [word(2), word(3), word(4), word(5)];
  const isFinding = isComplete && code !== undefined && where !== undefined;
  return {
    finding: isFinding ? { code, where, position, picture, expected, found } : null,
    sourcePictures: word(6),
    outputPictures: word(7),
  };
}

/** For logs and terminals, in one line. */
export function describe(findings: Findings, { code, where, position, picture, expected, found }: Finding): string {
  const [, text] = Object.values(findings).find(([name]) => name === code)!;
  const pair = code === "PictureSize" ? [expected, found].map(sizeOf) : [expected, found];
  const numbers = expected === 0 && found === 0 ? "" : `, expected ${pair[0]}, found ${pair[1]}`;
  return `${where}: ${text} (${code}; byte ${position}, picture ${picture}${numbers})`;
}

function sizeOf(packed: number): string {
  return `${packed >>> 16}x${packed & 0xffff}`;
}

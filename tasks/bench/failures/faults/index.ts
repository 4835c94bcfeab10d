import { answersCorrupted } from "./answers-corrupted.ts";
import { chainAway } from "./chain-away.ts";
import { clockWrong } from "./clock-wrong.ts";
import { connectionsCut } from "./connections-cut.ts";
import { diskFull } from "./disk-full.ts";
import { encoderBroken } from "./encoder-broken.ts";
import { encoderUnruly } from "./encoder-unruly.ts";
import type { Fault } from "./interface.ts";
import { networkSlow } from "./network-slow.ts";
import { orchestratorKilled } from "./orchestrator-killed.ts";
import { orchestratorPaused } from "./orchestrator-paused.ts";
import { requestsReordered } from "./requests-reordered.ts";
import { requestsRepeated } from "./requests-repeated.ts";
import { transcoderKilled } from "./transcoder-killed.ts";
import { transcoderPaused } from "./transcoder-paused.ts";

/** All kinds, as the report lists them. */
export const FAULTS: readonly Fault[] = [
  orchestratorKilled,
  transcoderKilled,
  orchestratorPaused,
  transcoderPaused,
  answersCorrupted,
  encoderBroken,
  networkSlow,
  connectionsCut,
  requestsRepeated,
  requestsReordered,
  diskFull,
  clockWrong,
  chainAway,
  encoderUnruly,
];

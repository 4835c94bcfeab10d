/**
 * Every failure that a person or a peer can see has a code from this catalogue. A code is stable; its HTTP status, its title and its
 * remedy are data, so the wire format (RFC 9457 problem details), the log line and `docs/errors.md` all come from here.
 */
interface ErrorInfo {
  /** HTTP status when the error answers a request. */
  readonly status: number;
  /** What happened, one constant sentence. */
  readonly title: string;
  /** What the reader can do about it. */
  readonly remedy: string;
}

export const CATALOGUE = {
  AnswerInvalid: {
    status: 502,
    title: "The orchestrator's answer is not what was ordered.",
    remedy: "The segment goes to another orchestrator by itself; avoid one that does this again.",
  },
  AnswersDisagree: {
    status: 502,
    title: "Orchestrators answered one segment with different numbers of frames or lengths.",
    remedy:
      "One of them is wrong: the log names both. What was published passed all checks; look at the other's history.",
  },
  ArgumentInvalid: {
    status: 400,
    title: "An option of the command is not valid.",
    remedy: "Correct the named option; `--help` after the command lists them all.",
  },
  BitsDiffer: {
    status: 502,
    title: "A rendition that was ordered `auditable` has other bits than its order makes of the source.",
    remedy:
      "The segment goes to another orchestrator by itself; docs/checks.md says when bits are compared. Avoid one that does this again. If it is your own orchestrator: a transcoder whose ffmpeg has another x264 core than the profile's says so when it starts; install a build with that core there.",
  },
  BodyTooLarge: {
    status: 413,
    title: "The request's body is larger than this node accepts.",
    remedy: "Send shorter segments or a lower bit rate; the limit is in the data.",
  },
  BondTooHigh: {
    status: 500,
    title: "The dispute needs a larger bond than this node may leave.",
    remedy: "Raise disputes.maximumBond while there is still time, or play the dispute from another account.",
  },
  BuyerGone: {
    status: 499,
    title: "The buyer closed the connection before its segment was done.",
    remedy:
      "Nothing is wrong here: somebody else was faster, or its time was up. The work ends, and is charged, since it was begun.",
  },
  CapacityExceeded: {
    status: 503,
    title: "All transcoding places are taken.",
    remedy: "Send the segment to another orchestrator, or again a little later.",
  },
  ChainUnreachable: {
    status: 503,
    title: "The chain did not answer.",
    remedy: "Check the JSON-RPC end point and that it is up; raise the time limit when it is only slow.",
  },
  ChallengeRefused: {
    status: 500,
    title: "The contract does not take the challenge.",
    remedy:
      "Look up its error in docs/contract-errors.md: a signature, the account or the service's program is usually another one.",
  },
  CommitmentClosed: {
    status: 409,
    title: "The ticket's commitment was closed by an earlier win.",
    remedy: "Pay again with a commitment of the latest answer or of a new quote.",
  },
  CommitmentUnknown: {
    status: 400,
    title: "The ticket's commitment was not handed to this sender.",
    remedy: "Ask for a new quote and pay with one of its commitments.",
  },
  ConfigInvalid: {
    status: 500,
    title: "The configuration is not valid.",
    remedy: "Correct the named setting; the annotated example beside the role's schema lists them all.",
  },
  CredentialRefused: {
    status: 401,
    title: "The transcoder's secret is not one that the orchestrator knows.",
    remedy: "Have its operator make one with `streamflow pool add`, and name the file in secretFile.",
  },
  DeadlineExceeded: {
    status: 504,
    title: "The time that the buyer had for the segment is over.",
    remedy:
      "The segment is of no use any more. When it happens often, the orchestrator is slower than it knows, or the way to it is: prefer others, or allow more time.",
  },
  DefenceLate: {
    status: 500,
    title: "A challenge was not answered in time.",
    remedy: "Keep the node running: a claim that nobody answers within a clock counts as proven.",
  },
  DeploymentInvalid: {
    status: 500,
    title: "The deployment file does not fit the chain.",
    remedy: "Name the deployment.json of the network that the JSON-RPC end point serves, or deploy again.",
  },
  DepositTooLow: {
    status: 402,
    title: "The sender's own deposit could not pay what its tickets in use, with this one, may cost.",
    remedy: "Fund the deposit with at least the missing amount, or wait until open winners are redeemed.",
  },
  DevelopmentKeyRefused: {
    status: 500,
    title: "A well-known development key was used on a real chain.",
    remedy: "Use a key of your own: everybody knows this one.",
  },
  EscrowTooLow: {
    status: 402,
    title: "The sender's penalty escrow is below what this orchestrator asks for.",
    remedy: "Fund the escrow up to the needed amount, or an allocation for this orchestrator that covers its tickets.",
  },
  EvidenceInvalid: {
    status: 422,
    title: "The evidence does not hold together.",
    remedy:
      "Give the order, the receipt and exactly the bytes whose roots they name; the detail says what does not fit.",
  },
  EvidenceMissing: {
    status: 500,
    title: "It is unknown what a challenge is about.",
    remedy:
      "Let the orchestrator defend, which keeps what it has signed: the numbers in this challenge are larger than this node reads.",
  },
  FaceValueTooHigh: {
    status: 402,
    title: "The quoted face value is above the sender's limit.",
    remedy: "Raise the limit or the deposit, or choose another orchestrator.",
  },
  FaultConfirmed: {
    status: 500,
    title: "The orchestrator is rightly accused.",
    remedy: "Nothing can be won: find out why the work was signed, before more of it is.",
  },
  FaultForeseen: {
    status: 422,
    title: "The work on this segment would be judged a fault, so it is not signed.",
    remedy:
      "Nothing was charged. Send the segment to another orchestrator; if all refuse, the detail says what is wrong with it.",
  },
  FaultFound: {
    status: 502,
    title: "What the orchestrator signed is a fault by the program that judges it.",
    remedy: "The segment goes to another orchestrator by itself, and the fault is taken to the contract.",
  },
  FeeAboveFaceValue: {
    status: 402,
    title: "The fee is higher than the face value, so no single ticket can pay it.",
    remedy: "Ask for a quote with a higher face value or send shorter segments.",
  },
  FfmpegFailed: {
    status: 500,
    title: "ffmpeg ended with an error.",
    remedy: "Read the end of its output in the detail; an input that it cannot read is the usual cause.",
  },
  FfmpegNotFound: {
    status: 500,
    title: "No fit ffmpeg was found.",
    remedy: "Install ffmpeg 5.1 or newer with libx264, or name a binary with FFMPEG_PATH.",
  },
  FfmpegTimedOut: {
    status: 504,
    title: "ffmpeg did not end in time and was killed.",
    remedy: "Raise the time limit, or choose fewer or smaller renditions for this machine.",
  },
  FfmpegUnfit: {
    status: 500,
    title: "The configured ffmpeg lacks something.",
    remedy: "Point FFMPEG_PATH to a build with libx264 (core 164 or newer), aac and mpegts, or unset it.",
  },
  FloatExhausted: {
    status: 402,
    title: "The orchestrator's limit for winners that no allocation covers is reached.",
    remedy:
      "Fund an allocation for this orchestrator up to the needed amount, or wait until open winners are redeemed.",
  },
  HeadTooLarge: {
    status: 431,
    title: "The request's head is too large.",
    remedy: "Send fewer and shorter headers: 16 KiB at most, with the path.",
  },
  InputEmpty: {
    status: 422,
    title: "The input holds no bytes.",
    remedy: "Check that the file was written to its end.",
  },
  InputNotFound: {
    status: 404,
    title: "The input does not exist or cannot be read.",
    remedy: "Check the path and its permissions.",
  },
  InputNotVideo: {
    status: 422,
    title: "The input is not a video.",
    remedy: "Give a file with a video stream in a format that ffmpeg reads.",
  },
  InputUnsupported: {
    status: 422,
    title: "The video cannot be streamed as it is.",
    remedy: "Convert it first: the detail names the property and its bounds.",
  },
  InsufficientCredit: {
    status: 402,
    title: "The sender's credit does not cover the fee.",
    remedy: "Send a payment worth at least the missing amount with the segment.",
  },
  InternalError: {
    status: 500,
    title: "The node failed in a way it did not expect.",
    remedy: "Retry elsewhere; the node's operator finds the cause in its log under the same request id.",
  },
  JudgementTimedOut: {
    status: 503,
    title: "The judging program did not end in time.",
    remedy: "Send the segment to another orchestrator; if it happens again, its source is not what ffmpeg makes.",
  },
  KeyInvalid: {
    status: 500,
    title: "The key file cannot be used.",
    remedy: "Give a file that holds 0x and 64 hexadecimal digits and is readable by its owner only.",
  },
  LimitExceeded: {
    status: 422,
    title: "The segment or its renditions exceed a limit of this orchestrator.",
    remedy: "Ask for fewer or smaller renditions, or choose another orchestrator.",
  },
  LowPMBalance: {
    status: 402,
    title: "The sender's deposit, with its allocation, cannot pay another winning ticket.",
    remedy:
      "Fund the deposit up to the needed amount or an allocation for this orchestrator, cancel an unlock, or wait until open winners are redeemed.",
  },
  NoAnswer: {
    status: 500,
    title: "The other side of a dispute says nothing that is wrong.",
    remedy:
      "This node's run of the program is another one than it was: check the bytes, the program and the machine's memory.",
  },
  NoOrchestrator: {
    status: 503,
    title: "No orchestrator is available.",
    remedy:
      "Check that orchestrators for the service are registered and running, and that price and stake limits leave some.",
  },
  NotFound: {
    status: 404,
    title: "There is nothing at this path.",
    remedy: "Check the URL and the protocol's version.",
  },
  NotReady: {
    status: 503,
    title: "The node is not ready.",
    remedy: "Wait, or see to what the data names: each field is a part of the node and says what it lacks.",
  },
  NotRegistered: {
    status: 500,
    title: "The account is not an active orchestrator.",
    remedy: "Register it and bond at least the minimum stake and self-stake.",
  },
  OrderExpired: {
    status: 400,
    title: "The order's time is too far from this node's.",
    remedy: "Synchronise the clocks and sign the order again.",
  },
  OrderInvalid: {
    status: 400,
    title: "The signed order is not well-formed.",
    remedy: "Send the order as the wire format describes it.",
  },
  OtherFrontEnd: {
    status: 421,
    title: "The ticket is for another front end of the orchestrator.",
    remedy:
      "Ask for a new quote, and pay who answers. Its operator: have each broadcaster's requests reach the same front end.",
  },
  Overloaded: {
    status: 503,
    title: "The segment cannot be done in the time that is left, and was not begun.",
    remedy:
      "An orchestrator says it before it takes the payment: send the segment elsewhere, or the next one after Retry-After. A gateway says it of streams that find no place: fewer streams, or more orchestrators, help for good.",
  },
  ParametersInvalid: {
    status: 422,
    title: "The parameters of a judging program are malformed.",
    remedy: "Encode them as the program's LIP has them; the detail names the field.",
  },
  ParametersTooLarge: {
    status: 500,
    title: "The program's parameters are longer than their region of the machine's memory.",
    remedy: "Agree on shorter parameters: at most 16 MiB.",
  },
  PeerFailed: {
    status: 502,
    title: "The peer did not answer as the protocol asks.",
    remedy: "The segment goes to another orchestrator by itself; check the peer or the network between.",
  },
  PeerUnverified: {
    status: 502,
    title: "The server is not shown to be the orchestrator's.",
    remedy:
      "Nothing was sent to it; the segment goes to another orchestrator by itself. Either its operator's setting `tls` is wrong, or somebody stands in between.",
  },
  PriceTooHigh: {
    status: 402,
    title: "The quoted price is above the sender's maximum.",
    remedy: "Raise the maximum price or choose another orchestrator.",
  },
  ProgramInvalid: {
    status: 500,
    title: "The file is no program for the machine.",
    remedy: "Build it as `npm run guest:build` does, with its linker script; the detail names what does not fit.",
  },
  ProgramUnknown: {
    status: 500,
    title: "The node does not have the program.",
    remedy: "Run a version of the software that knows it: programs come with it, and are never loaded from peers.",
  },
  QuoteInvalid: {
    status: 502,
    title: "The signed quote does not answer the question.",
    remedy: "Nothing was paid; another orchestrator is asked. The data names the field that differs.",
  },
  ReceiptInvalid: {
    status: 502,
    title: "The orchestrator's receipt does not answer the segment that was sent.",
    remedy: "Do not use the result; send the segment to another orchestrator.",
  },
  RenditionInvalid: {
    status: 422,
    title: "A rendition has an unsafe name or an impossible size.",
    remedy: "Use names of a-z, 0-9, _ and - other than `source`, and even sizes from 16 to 8192.",
  },
  RequestInvalid: {
    status: 400,
    title: "The request is not well-formed.",
    remedy: "Send the request as the wire format describes it.",
  },
  RequestTimedOut: {
    status: 408,
    title: "The request did not arrive in time.",
    remedy: "Send it faster, or raise the server's time limit for requests.",
  },
  RunTimedOut: {
    status: 504,
    title: "The judging program did not end in time.",
    remedy: "Raise disputes.runMs: a side that knows no run of the program cannot play.",
  },
  SegmentFormatDidntMatchJobInputParams: {
    status: 422,
    title: "The segment is not what its order says.",
    remedy: "Sign the order for exactly these bytes, these renditions and this orchestrator.",
  },
  SegmentInvalid: {
    status: 422,
    title: "The segment or its order is malformed.",
    remedy:
      "Send H.264 and AAC in MPEG-TS, a keyframe first, with an order built by the published schema; the detail names the fault.",
  },
  SegmentLate: {
    status: 409,
    title: "The segment comes after its turn.",
    remedy: "Go on with the next one: its place in the stream has passed.",
  },
  SegmentMissing: {
    status: 503,
    title: "No orchestrator delivered the renditions of this segment in time.",
    remedy: "The source rendition has it. Go on with the next one.",
  },
  SegmentNotFound: {
    status: 404,
    title: "No bytes of this root are kept here.",
    remedy: "Ask another node: bytes are kept until nobody can challenge any more what was made of them.",
  },
  SegmentSignatureInvalid: {
    status: 401,
    title: "The segment's order is not signed by its sender, nor by a key of its, for this orchestrator.",
    remedy:
      "Sign with the sender's key, or one that it has authorized on the TicketBroker, for the network's chain and contracts.",
  },
  SegmentStoreFull: {
    status: 503,
    title: "The store for segments has reached its bound, or its disk is full or nearly so.",
    remedy:
      "Raise disputes.storeBytes, or make room on the disk of dataDir: what a challenge is about must be kept for the whole opening window.",
  },
  SegmentsMissing: {
    status: 500,
    title: "Segments of the stream were not delivered.",
    remedy: "The log says why for each; the source rendition plays through.",
  },
  SellingOff: {
    status: 503,
    title: "The orchestrator sells nothing at present.",
    remedy:
      "Buy from another one. Its operator: the stake is not active (jailed, resigned or too little); the node defends its older work and redeems its winners until it is.",
  },
  SenderRefused: {
    status: 403,
    title: "A winner of this sender was left unpaid, so nothing more is taken at the orchestrator's risk.",
    remedy: "Fund an allocation for this orchestrator that covers its tickets.",
  },
  ServerBusy: {
    status: 503,
    title: "The server has too much under way.",
    remedy: "Try again after as many seconds as Retry-After says, or elsewhere. Its operator: the traffic settings.",
  },
  ServiceNotJudged: {
    status: 409,
    title: "No program that this node knows judges the service.",
    remedy: "Choose a service that is judged, or switch selection.judgedOnly off to buy without that.",
  },
  ServiceNotOffered: {
    status: 404,
    title: "The orchestrator does not offer this service.",
    remedy: "Choose an orchestrator that the registry lists for the service.",
  },
  ShuttingDown: {
    status: 503,
    title: "The orchestrator is about to stop, and takes nothing new.",
    remedy: "Send the segment to another orchestrator; what this one had begun is still answered.",
  },
  SignerCapTooLow: {
    status: 402,
    title: "What the hot key may spend in the round does not cover another winning ticket.",
    remedy:
      "Sign with the sender's own key or another authorized one; a higher cap for this key holds from the next round on.",
  },
  SignerNotAuthorized: {
    status: 401,
    title: "The hot key may not sign tickets of this round for its sender.",
    remedy: "Authorize it on the TicketBroker until a later round, or sign with the sender's own key.",
  },
  SourceTooLarge: {
    status: 413,
    title: "The bytes are longer than the region that a root covers.",
    remedy: "Cut shorter segments: at most 64 MiB each.",
  },
  StakeNotActive: {
    status: 503,
    title: "The orchestrator's stake is not active yet.",
    remedy: "Nothing is to be done: stake counts from the round after its bond, and the node goes on by itself then.",
  },
  Stopped: {
    status: 500,
    title: "The stream was stopped before its end.",
    remedy: "Start it again when that was not intended.",
  },
  StorageFailed: {
    status: 503,
    title: "The output cannot be written.",
    remedy:
      "Check the directory and its free space, or the bucket, its key and its service; the detail has their answer. The stream ends, its tickets are accounted for.",
  },
  StoreInUse: {
    status: 500,
    title: "Another process uses the store.",
    remedy: "Stop the node that has it, which redeems its winners by itself; one store is for one process at a time.",
  },
  StoreMismatch: {
    status: 500,
    title: "The store belongs to another node, chain or broker.",
    remedy: "Point the node at its own store, or at a new file.",
  },
  StoreNotFound: {
    status: 500,
    title: "There is no node's store at this place.",
    remedy: "Name the directory that the node's settings call dataDir.",
  },
  StoreVersionUnknown: {
    status: 500,
    title: "The store is of a version that this software cannot use.",
    remedy:
      "Run the version that wrote it, or a newer one; an older store is brought up to date when its node is started.",
  },
  StreamBehind: {
    status: 503,
    title: "The stream comes faster than it can be transcoded.",
    remedy:
      "Send the segment again after the time that Retry-After names; fewer renditions, or more orchestrators, help for good.",
  },
  StreamKeyInvalid: {
    status: 401,
    title: "The stream key does not admit this stream.",
    remedy:
      "Send the key that belongs to the name: as a bearer token, as the password of basic authentication, or as ?key= in the address.",
  },
  StreamRefused: {
    status: 403,
    title: "The operator's webhook refused the stream.",
    remedy: "Ask the operator; the webhook decides by name, protocol and address.",
  },
  StreamTaken: {
    status: 409,
    title: "Another encoder is sending this stream.",
    remedy: "End the other one first, or take another name.",
  },
  StreamsExceeded: {
    status: 503,
    title: "The broadcaster has as many streams as it may have.",
    remedy: "Send the stream to another broadcaster, or again later; the operator can raise live.streams.",
  },
  TicketExpired: {
    status: 400,
    title: "The ticket's creation round is not acceptable any more, or not yet.",
    remedy: "Synchronise with the chain and sign for the current round.",
  },
  TicketInvalid: {
    status: 400,
    title: "The payment is malformed or was made for another quote.",
    remedy: "Ask for a new quote and build the payment with the published schema.",
  },
  TicketParamsExpired: {
    status: 409,
    title: "The quote has run out.",
    remedy: "Ask for a new quote.",
  },
  TicketReplayed: {
    status: 409,
    title: "This ticket was received before.",
    remedy: "Sign a new ticket with a fresh salt for every payment.",
  },
  TicketSignatureInvalid: {
    status: 401,
    title: "The ticket is not signed by its sender.",
    remedy: "Sign the ticket's digest with the sender's key; 65 bytes, low s.",
  },
  TicketWinProbTooLow: {
    status: 402,
    title: "The ticket is worth less than the fee.",
    remedy: "Raise the win probability to at least the needed one.",
  },
  TooManyRequests: {
    status: 429,
    title: "This peer has asked too much at once.",
    remedy: "Ask again after as many seconds as Retry-After says. Its operator: the traffic settings.",
  },
  TooMuchWorkLost: {
    status: 429,
    title: "The orchestrator takes no segments of this sender for a while.",
    remedy:
      "Too many of its segments could not be judged, or honest work on them would be a fault. Send them to another orchestrator; the data says until when.",
  },
  TranscodeFailed: {
    status: 500,
    title: "The segment could not be transcoded.",
    remedy: "Send the segment to another orchestrator; the detail and the cause say what went wrong.",
  },
  TranscoderLeftOut: {
    status: 503,
    title: "The transcoder is not given this work now.",
    remedy:
      "The work goes to another transcoder by itself. When it is left out for long, others do what it fails at: look at its disk and its ffmpeg.",
  },
  TranscoderLost: {
    status: 503,
    title: "The transcoder disconnected while it worked.",
    remedy:
      "The work goes to another transcoder by itself. A buyer reads this when none was left: it sends the segment to another orchestrator.",
  },
  WebhookFailed: {
    status: 503,
    title: "The operator's webhook did not answer as it should.",
    remedy: "Check that live.webhookUrl is reachable and answers as the guide says; nobody is admitted without it.",
  },
  WorkGone: {
    status: 404,
    title: "Nobody waits for this work any more.",
    remedy: "Nothing is to be done: it was done by another transcoder, or its time is up.",
  },
  WorkRejected: {
    status: 502,
    title: "The pictures that the orchestrator delivered are not the source's.",
    remedy:
      "The segment goes to another orchestrator by itself; the figures are in the data and explained in docs/checks.md. Avoid one that does this again.",
  },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof CATALOGUE;

/** Figures that belong to one occurrence: amounts in wei as decimal strings, lengths in bytes, times in milliseconds. */
export type ErrorData = Readonly<Record<string, string | number | boolean | null>>;

export class StreamflowError extends Error {
  override readonly name = "StreamflowError";
  readonly code: ErrorCode;
  readonly data: ErrorData;

  /**
   * @param code   a key of the catalogue
   * @param detail what happened this time, with the compared values
   * @param data   the same values for programs
   */
  constructor(code: ErrorCode, detail: string, data: ErrorData = {}, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
    this.data = data;
  }

  get status(): number {
    return CATALOGUE[this.code].status;
  }
}

export function isStreamflowError(error: unknown, code?: ErrorCode): error is StreamflowError {
  return error instanceof StreamflowError && (code === undefined || error.code === code);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Any thrown value as a coded error; what has no code becomes `InternalError` and keeps its cause. */
export function asStreamflowError(error: unknown): StreamflowError {
  if (error instanceof StreamflowError) return error;
  return new StreamflowError("InternalError", messageOf(error), {}, { cause: error });
}

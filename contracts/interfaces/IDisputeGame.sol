// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IVerificationFunction} from "./IVerificationFunction.sol";

/// @title IDisputeGame
/// @notice Settles what a program says about an output by a game of bisection, whose last move executes one step. Sources: whitepaper, "Verification" (Truebit); LIP-6.
/// @dev Clocks: {s}. Money: {wei ETH}. A list is ARITY + 1 hashes of states at equal distances: the first is one that both sides agree on, the others are what its author says. Its root is that of a tree over its neighbouring pairs (LIP-6, "Lists"). `shown` are `list[pick - 1]`, `list[pick]` and the siblings on their path to the root, lowest first.
interface IDisputeGame is IVerificationFunction {
    /// @notice What {challenge} fixes. Only its hash is kept; every action on the challenge hands it in again.
    struct Claim {
        bytes32 service;
        /// @dev Root of the program.
        bytes32 program;
        /// @dev Of the challenger's list of the whole run.
        bytes32 listRoot;
        address orchestrator;
        address challenger;
        /// @dev {round} Of the receipt.
        uint256 faultRound;
        /// @dev {s, Unix} When the challenge was opened.
        uint256 openedAt;
        /// @dev {s} Of each side of a game.
        uint256 clock;
        /// @dev {1} The list is of ARITY^depth steps. At least 2.
        uint256 depth;
        /// @dev {gwei/gas}
        uint256 gasPriceCap;
        /// @dev {1e18 = 1}
        uint256 slashFraction;
        /// @dev {wei ETH} The challenger's.
        uint256 bond;
        /// @dev {wei ETH} Of each defender.
        uint256 defenceBond;
    }

    /// @notice A challenge. Two slots.
    struct Challenge {
        /// @dev keccak256(abi.encode({Claim})).
        bytes32 claimHash;
        Outcome outcome;
        /// @dev {1} Games that are being played.
        uint24 games;
        /// @dev {wei ETH} Bonds that defenders have lost.
        uint112 pot;
        /// @dev {gwei ETH} Of the challenger's moves, but for those in games that are being played.
        uint112 costs;
    }

    /// @notice How a game stands.
    enum Stage {
        /// @dev There is none.
        None,
        /// @dev The challenger is to move.
        ChallengersTurn,
        /// @dev The defender is to move.
        DefendersTurn,
        /// @dev The defender has lost.
        Lost,
        /// @dev The defender has won.
        Won,
        /// @dev Another defender has won; the bond went back.
        Released
    }

    /// @notice The game of one defender. Two slots. It is kept under the names of both sides, so that a move looks up nothing else.
    struct Game {
        /// @dev Of the last list.
        bytes32 listRoot;
        Stage stage;
        /// @dev {1} The list is of ARITY^level steps.
        uint8 level;
        /// @dev {s, Unix} When the last move was made; until 2106.
        uint32 since;
        /// @dev {s} What is left.
        uint24 challengerClock;
        uint24 defenderClock;
        /// @dev {gwei/gas} The claim's.
        uint32 gasPriceCap;
        /// @dev {gwei ETH} Of each side's moves so far.
        uint64 challengerCosts;
        uint64 defenderCosts;
    }

    /// @notice Governed values. A challenge keeps those with which it was opened.
    struct Parameters {
        /// @dev {s} How long after its time a receipt can be challenged. 10 minutes to BondingManager's window.
        uint24 openingWindow;
        /// @dev {s} Of each side of a game. 1 minute to 7 days.
        uint24 clock;
        /// @dev {1e18 = 1} What a fault takes of the stake that was active. Above 0, at most one half.
        uint64 slashFraction;
        /// @dev {gwei/gas} Most that a move is refunded at. At most 10,000.
        uint32 gasPriceCap;
        /// @dev {wei ETH} What a loser pays beside the winner's moves. Above 0, at most 10 ETH.
        uint80 penalty;
    }

    /// @notice `key` signs receipts of `orchestrator` of rounds up to `lastRound`.
    event ReceiptKeyAuthorized(address indexed orchestrator, address indexed key, uint256 lastRound);
    /// @notice What is claimed: what every action on the challenge hands in again, and the list that a defender answers.
    /// @param startHash First of the list.
    /// @param call Calldata of {challenge}: the evidence, and the rest of the list.
    event ClaimMade(bytes32 indexed id, Claim claim, bytes32 startHash, bytes call);
    /// @notice A move. `pick` is the number in the list before it at which its author disagrees; `hashes` are what its author says instead.
    event Moved(bytes32 indexed id, address indexed defender, uint256 pick, bytes32[] hashes);
    /// @notice A game is over, by a proof or by the clock.
    event GameEnded(bytes32 indexed id, address indexed defender, Stage stage);
    /// @notice `account` did not take `amount` {wei ETH}; {withdraw} pays it.
    event PaymentKept(address indexed account, uint256 amount);
    /// @notice Parameters changed.
    event ParametersChanged(Parameters oldParameters, Parameters newParameters);

    /// @notice Something is outside of `[least, most]`.
    /// @dev Choose a value between `least` and `most`; the unit is that of the parameter, of a time {s, Unix} or of a number of bytes or steps.
    error DisputeGameOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice Unbonding takes less time {s} than a dispute can.
    /// @dev Shorten the window or the clock, or lengthen the unbonding period first.
    error DisputeGameUnbondingTooShort(uint256 have, uint256 need);
    /// @notice The round is over {round}.
    /// @dev Name the present round `need` or a later one: a key answers for what it has signed.
    error DisputeGameKeyRoundOver(uint256 have, uint256 need);
    /// @notice The receipt cannot be challenged now {s, Unix}.
    /// @dev Challenge between the receipt's time and the end of its window.
    error DisputeGameNotInWindow(uint256 now_, uint256 from, uint256 until);
    /// @notice The receipt's service is judged by another contract or program in its round.
    /// @dev Ask the registry's `verificationAt` for the service and round, and challenge there; without a program nothing can be challenged.
    error DisputeGameNotJudge(address module, bytes32 program);
    /// @notice Not signed by `need`, nor by a key that may; `signer` is who signed `digest`, 0 = nobody.
    /// @dev Compare the digest with what was signed, and ask until which round the key was authorized.
    error DisputeGameInvalidSignature(address signer, address need, bytes32 digest);
    /// @notice The caller is neither `need` nor a key of it.
    /// @dev Call from the broadcaster's account, or from a key with a cap for the receipt's round; in a game, from the account whose turn it is.
    error DisputeGameNotParty(address have, address need);
    /// @notice The receipt has fewer outputs.
    /// @dev Name an output by its number, from 0 to `outputs` − 1.
    error DisputeGameNoSuchOutput(uint256 index, uint256 outputs);
    /// @notice The final state says no fault.
    /// @dev Claim the state in which the machine stops (`status` 1 or 2) with `verdict` 2; everything else is no fault.
    error DisputeGameNoFault(uint256 status, uint256 verdict);
    /// @notice The payment is another {wei ETH}.
    /// @dev Pay exactly `need`, which grows with each challenge that is open against the orchestrator.
    error DisputeGameBondMismatch(uint256 have, uint256 need);
    /// @notice There was a challenge already, or a game of this account.
    /// @dev Play the one that exists.
    error DisputeGameExists(bytes32 id);
    /// @notice The challenge is not open.
    /// @dev Look at {outcomeOf}: there is none, or it is over.
    error DisputeGameNotOpen(bytes32 id, Outcome outcome);
    /// @notice The challenge is not refuted.
    /// @dev A bond returns this way only when another defender has won.
    error DisputeGameNotRefuted(bytes32 id, Outcome outcome);
    /// @notice It is another claim.
    /// @dev Hand in the claim of {ClaimMade} as it is.
    error DisputeGameClaimMismatch(bytes32 have, bytes32 need);
    /// @notice It is another list: the root of what was shown is `have`.
    /// @dev Show the list of {ClaimMade} to defend, and of the last move to go on: its first hash was agreed on, the others are in {Moved}.
    error DisputeGameListMismatch(bytes32 have, bytes32 need);
    /// @notice A list of hashes has another length.
    /// @dev Give exactly `need` hashes.
    error DisputeGameListLength(uint256 have, uint256 need);
    /// @notice The hash is the one that is disputed, so there is no disagreement.
    /// @dev Pick the first hash at which you disagree, and say another.
    error DisputeGameNoDisagreement(bytes32 hash);
    /// @notice The list is of another level than the move needs.
    /// @dev Move while the range is longer than one list of single steps (level above 1), prove when it is not.
    error DisputeGameWrongLevel(uint256 have);
    /// @notice Not a game that is being played.
    /// @dev Look at {gameOf}.
    error DisputeGameNotPlayed(bytes32 id, address defender, Stage stage);
    /// @notice The clock {s} of who is to move has run out, or has not yet.
    /// @dev To move, do so while `passed` ≤ `left`; to end the game by the clock, wait until `passed` > `left`.
    error DisputeGameClock(uint256 passed, uint256 left);
    /// @notice Defenders still have time, or games are being played.
    /// @dev Wait until `until` {s, Unix} has passed and all `games` are over.
    error DisputeGameNotSettleable(uint256 until, uint256 games);
    /// @notice The state is not the one in the list.
    /// @dev Hand in the state whose hash stands before the one at which you disagree.
    error DisputeGameStateMismatch(bytes32 have, bytes32 need);
    /// @notice The caller has nothing to withdraw.
    /// @dev Look at {keptFor}.
    error DisputeGameNothingKept(address account);
    /// @notice The caller refused its payment {wei ETH}.
    /// @dev Let the account accept ETH, then withdraw again.
    error DisputeGameNotPaid(address account, uint256 amount);

    /// @notice Sets the parameters; emits {ParametersChanged} with zeroes as the old ones.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - the bounds of {Parameters};
    /// - unbonding takes at least the window, two clocks and a round.
    /// @param authority The AccessManager.
    /// @param parameters_ First parameters.
    function initialize(address authority, Parameters calldata parameters_) external;

    // --- Keys ---

    /// @notice Lets `key` sign the caller's receipts of all rounds up to `lastRound`; emits {ReceiptKeyAuthorized}. Never paused.
    /// @dev Who may call: anyone, for itself.
    ///
    /// Requirements:
    /// - `lastRound` has not passed.
    /// @param lastRound {round} The present one to give the key up.
    function authorizeReceiptKey(address key, uint256 lastRound) external;

    // --- The game ---

    /// @notice Begins a game: names the first hash of the challenger's list that is wrong, and says what lies between it and the one before; emits {Moved}. Never paused.
    /// @dev Who may call: anyone, once for each challenge.
    ///
    /// Requirements:
    /// - the challenge is open, and one clock has not passed since;
    /// - exactly the claim's `defenceBond` is paid;
    /// - what is shown is in the claim's list;
    /// - ARITY hashes, the last of them not the one that is picked.
    /// @param pick {1} 1 to ARITY.
    /// @param shown Of the challenger's list, of ARITY^depth steps.
    /// @param hashes Of the states after 1, 2, … ARITY ARITY-ths of the range between `list[pick - 1]` and `list[pick]`.
    function defend(
        bytes32 id,
        Claim calldata claim,
        uint256 pick,
        bytes32[] calldata shown,
        bytes32[] calldata hashes
    ) external payable;

    /// @notice Names the first hash of the other side's list that is wrong, and says what lies between it and the one before; emits {Moved}. Never paused.
    /// @dev Who may call: whose turn it is.
    ///
    /// Requirements:
    /// - what is shown is in the last list, of more than ARITY steps;
    /// - there is time on the caller's clock;
    /// - ARITY hashes, the last of them not the one that is picked.
    /// @param challenger Of the challenge.
    /// @param defender Whose game it is.
    /// @param pick {1} 1 to ARITY.
    /// @param shown Of the other side's list.
    /// @param hashes Of the states after 1, 2, … ARITY ARITY-ths of the range between `list[pick - 1]` and `list[pick]`.
    function move(
        bytes32 id,
        address challenger,
        address defender,
        uint256 pick,
        bytes32[] calldata shown,
        bytes32[] calldata hashes
    ) external;

    /// @notice Executes one step, and shows that the other side's list is wrong; emits {GameEnded}. Never paused.
    /// @dev Who may call: whose turn it is.
    ///
    /// Requirements:
    /// - what is shown is in the last list, of ARITY steps;
    /// - there is time on the caller's clock;
    /// - the successor of the state is not `list[pick]`.
    /// @param pick {1} 1 to ARITY.
    /// @param shown Of the other side's list.
    /// @param state The one whose hash is `list[pick - 1]`.
    /// @param proof Of the step, see {IMachine}.
    function prove(
        bytes32 id,
        address defender,
        Claim calldata claim,
        uint256 pick,
        bytes32[] calldata shown,
        bytes calldata state,
        bytes calldata proof
    ) external;

    /// @notice Ends a game in which the side that is to move has used up its clock; emits {GameEnded}. Never paused.
    /// @dev Who may call: anyone.
    ///
    /// Requirements:
    /// - the game is being played, and the clock has run out.
    function timeout(bytes32 id, address defender, Claim calldata claim) external;

    /// @notice Ends a challenge that nobody has refuted: slashes, and pays who is owed; emits {ChallengeSettled}. Never paused.
    /// @dev Who may call: anyone.
    ///
    /// Requirements:
    /// - the challenge is open, one clock has passed since, and no game is being played.
    function settle(bytes32 id, Claim calldata claim) external;

    /// @notice Returns the bond of a game that ended because another defender has won; emits {GameEnded}. Never paused.
    /// @dev Who may call: anyone.
    ///
    /// Requirements:
    /// - the challenge is refuted, and the game was being played.
    function release(bytes32 id, address defender, Claim calldata claim) external;

    /// @notice Pays the caller what it did not take before {wei ETH}. Never paused.
    /// @dev Who may call: anyone.
    ///
    /// Requirements:
    /// - there is something.
    function withdraw() external;

    // --- Governance actions ---

    /// @notice Stops {challenge}, and nothing else.
    /// @dev Who may call: governance.
    function pause() external;

    /// @notice Allows it again.
    /// @dev Who may call: governance.
    function unpause() external;

    /// @notice Changes the parameters for challenges to come; emits {ParametersChanged}.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - those of {initialize}.
    function setParameters(Parameters calldata newParameters) external;

    // --- Views ---

    /// @notice The challenge `id`; zeroes if there is none.
    function challengeOf(bytes32 id) external view returns (Challenge memory);

    /// @notice The game between `challenger` and `defender`; zeroes if there is none.
    function gameOf(bytes32 id, address challenger, address defender) external view returns (Game memory);

    /// @notice {round} Last round whose receipts `key` may sign for `orchestrator`; 0 if it never could.
    function receiptKeyUntil(address orchestrator, address key) external view returns (uint256);

    /// @notice {wei ETH} What {withdraw} would pay.
    function keptFor(address account) external view returns (uint256);

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);
}

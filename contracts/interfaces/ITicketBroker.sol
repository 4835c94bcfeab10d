// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tickets} from "../libraries/Tickets.sol";

/// @title ITicketBroker
/// @notice Holds the broadcasters' ETH and pays winning lottery tickets from it. Source: Streamflow paper, "Probabilistic
/// Micropayments"; LIP-4; ADR 7.
/// @dev Range: every ETH amount below 2^96 wei; rounds below 2^32. A fee is booked for (recipient, creation round) and leaves through
/// the BondingManager alone. The contract's balance is never below the sum of all deposits, escrows, allocations and booked fees (S7).
interface ITicketBroker {
    /// @notice What a broadcaster has put in.
    struct Sender {
        /// @dev {wei ETH} Pays tickets.
        uint96 deposit;
        /// @dev {wei ETH} Penalty escrow. Pays no ticket.
        uint96 escrow;
        /// @dev {round} From this round on both may be withdrawn; 0 = locked.
        uint32 withdrawRound;
    }

    /// @notice What a broadcaster has set aside for one recipient, whose tickets alone can take it, after the deposit (P3).
    struct Allocation {
        /// @dev {wei ETH}
        uint96 amount;
        /// @dev {wei ETH} Part of it that may go back to the deposit from `releaseRound` on.
        uint96 leaving;
        /// @dev {round} 0 = nothing leaves.
        uint32 releaseRound;
    }

    /// @notice What a hot key of a broadcaster may sign.
    struct Signer {
        /// @dev {round} Last creation round of its tickets.
        uint32 lastRound;
        /// @dev {wei ETH} Most that winners of one creation round take, for rounds from `sinceRound` on, and for those before.
        uint96 cap;
        uint96 previousCap;
        /// @dev {round}
        uint32 sinceRound;
    }

    /// @notice A winner that could not be paid when its recipient presented it (P4).
    struct Default {
        address sender;
        /// @dev {wei ETH} What is owed.
        uint96 faceValue;
        /// @dev {round} The escrow is forfeited if it is not settled by the end of this round; 0 = there is no such default.
        uint32 curingRound;
        /// @dev Whether the escrow was forfeited for it.
        bool forfeited;
    }

    /// @notice Governed windows.
    struct Parameters {
        /// @dev {round} A ticket can be redeemed in its creation round and in this many more. 1 to 30, below the BondingManager's notice of commissions (S4).
        uint32 ticketValidity;
        /// @dev {round} From `unlock` to the first withdrawal, and from `reduceAllocation` to the release. Above `ticketValidity + 1`, at most 100.
        uint32 unlockPeriod;
        /// @dev {round} How long an unpaid winner waits before the escrow is forfeited. 1 to `ticketValidity`.
        uint32 curingPeriod;
    }

    /// @notice A winning ticket of a batch, without its payer.
    struct Winner {
        /// @dev {Tickets}: win probability, salt, number of the commitment, creation round.
        bytes32 terms;
        /// @dev Preimage of the ticket's commitment.
        uint256 recipientRand;
        /// @dev ERC-2098 signature over the ticket's digest.
        bytes32 r;
        bytes32 vs;
    }

    /// @notice Winning tickets of one sender with one face value.
    struct Batch {
        /// @dev {Tickets}: sender and face value.
        bytes32 payer;
        Winner[] winners;
    }

    /// @notice `funder` added `amount` {wei ETH} to the deposit of `sender`.
    event DepositFunded(address indexed sender, address indexed funder, uint256 amount);
    /// @notice `funder` added `amount` {wei ETH} to the penalty escrow of `sender`.
    event EscrowFunded(address indexed sender, address indexed funder, uint256 amount);
    /// @notice `funder` added `amount` {wei ETH} to what `sender` has set aside for `recipient`.
    event AllocationFunded(address indexed sender, address indexed recipient, address indexed funder, uint256 amount);
    /// @notice `amount` {wei ETH} of the allocation may be released from `releaseRound` on; 0 = nothing, a reduction was called off.
    event AllocationReduced(address indexed sender, address indexed recipient, uint256 amount, uint256 releaseRound);
    /// @notice `amount` {wei ETH} of the allocation went to the deposit of `sender`.
    event AllocationReleased(address indexed sender, address indexed recipient, uint256 amount);
    /// @notice `key` may sign tickets of `sender` of rounds up to `lastRound`; from `sinceRound` on, winners of one creation round take at most `cap` {wei ETH}.
    event SignerAuthorized(
        address indexed sender,
        address indexed key,
        uint256 lastRound,
        uint256 cap,
        uint256 sinceRound
    );
    /// @notice `sender` may withdraw from `withdrawRound` on.
    event UnlockStarted(address indexed sender, uint256 withdrawRound);
    /// @notice `sender` is locked again.
    event UnlockCancelled(address indexed sender);
    /// @notice `sender` took out its deposit and escrow {wei ETH}.
    event Withdrawn(address indexed sender, uint256 deposit, uint256 escrow);
    /// @notice A ticket won: `faceValue` {wei ETH} moved from deposit and allocation of `sender` to the fees of (`recipient`, `creationRound`).
    event TicketRedeemed(
        address indexed sender,
        address indexed recipient,
        uint256 faceValue,
        uint256 creationRound,
        uint256 commitmentIndex
    );
    /// @notice Tickets of a batch won, each of `faceValue` {wei ETH}. Each element: creation round · 2^32 + number of the commitment.
    event TicketsRedeemed(address indexed sender, address indexed recipient, uint256 faceValue, uint256[] tickets);
    /// @notice A ticket of a batch was left out; `reason` is the error with which `redeem` would have reverted.
    event TicketSkipped(
        address indexed sender,
        address indexed recipient,
        uint256 creationRound,
        uint256 commitmentIndex,
        bytes reason
    );
    /// @notice `sender` could not pay a winner of `faceValue` {wei ETH}: its escrow is forfeited if it has not done so by the end of `curingRound`.
    event DefaultClaimed(
        address indexed sender,
        address indexed recipient,
        uint256 faceValue,
        uint256 creationRound,
        uint256 commitmentIndex,
        uint256 curingRound
    );
    /// @notice A winner that had been claimed as a default was paid.
    event DefaultSettled(
        address indexed sender,
        address indexed recipient,
        uint256 faceValue,
        uint256 creationRound,
        uint256 commitmentIndex
    );
    /// @notice The penalty escrow of `sender`, `amount` {wei ETH}, went to the treasury for a default.
    event EscrowForfeited(
        address indexed sender,
        address indexed recipient,
        uint256 amount,
        uint256 creationRound,
        uint256 commitmentIndex
    );
    /// @notice The fees of (`recipient`, `creationRound`) {wei ETH} went to the BondingManager.
    event FeesPulled(address indexed recipient, uint256 indexed creationRound, uint256 amount);
    /// @notice `amount` {wei ETH} of the fees in BondingManager's books went to `to`.
    event FeesPaid(address indexed to, uint256 amount);
    /// @notice Parameters changed. The new ticket validity holds for tickets created in `validityRound` or later.
    event ParametersChanged(Parameters oldParameters, Parameters newParameters, uint256 validityRound);

    /// @notice The zero address cannot be a sender.
    /// @dev Name the broadcaster whose money it shall become.
    error TicketBrokerZeroSender();
    /// @notice No ETH was sent.
    /// @dev Send the deposit and the escrow as the value of the transaction.
    error TicketBrokerNothingFunded();
    /// @notice The zero address cannot be a recipient, nor a key.
    /// @dev Name the orchestrator, or the key, that is meant.
    error TicketBrokerZeroAddress();
    /// @notice More escrow was asked for than ETH was sent {wei ETH}.
    /// @dev Send at least `need`, or ask for less escrow.
    error TicketBrokerEscrowExceedsValue(uint256 have, uint256 need);
    /// @notice `sender` has neither deposit nor escrow.
    /// @dev Check that this is the account that was funded: it has nothing to withdraw.
    error TicketBrokerNothingToUnlock(address sender);
    /// @notice `sender` is unlocking already.
    /// @dev Wait until round `withdrawRound` and withdraw, or cancel the unlock.
    error TicketBrokerUnlocking(address sender, uint256 withdrawRound);
    /// @notice `sender` is locked.
    /// @dev Call `unlock` first; `getSender` tells the state.
    error TicketBrokerLocked(address sender);
    /// @notice The unlock period is not over {round}.
    /// @dev Wait until round `need`.
    error TicketBrokerWithdrawTooEarly(uint256 have, uint256 need);
    /// @notice More is to leave an allocation than there is {wei ETH}.
    /// @dev Reduce it by at most `have`.
    error TicketBrokerAllocationTooSmall(uint256 have, uint256 need);
    /// @notice Nothing is leaving the allocation of `sender` for `recipient`.
    /// @dev Call `reduceAllocation` first, and release it an unlock period later.
    error TicketBrokerNothingLeaving(address sender, address recipient);
    /// @notice The allocation cannot be released yet {round}.
    /// @dev Wait until round `need`.
    error TicketBrokerReleaseTooEarly(uint256 have, uint256 need);
    /// @notice A key cannot be authorized for rounds that are over {round}.
    /// @dev Choose a last round of at least `need`.
    error TicketBrokerSignerRoundOver(uint256 have, uint256 need);
    /// @notice The ticket was created in a round that has not come {round}.
    /// @dev Wait until round `creationRound`; accept no tickets of rounds that have not begun.
    error TicketBrokerTicketFromFuture(uint256 currentRound, uint256 creationRound);
    /// @notice The last round in which the ticket could be redeemed is over {round}.
    /// @dev Drop the ticket, which is worth nothing any more; redeem the next one sooner.
    error TicketBrokerTicketExpired(uint256 currentRound, uint256 lastRound);
    /// @notice The commitment has won already.
    /// @dev Drop the ticket, as a commitment pays once; hand out a new commitment after each win.
    error TicketBrokerCommitmentClosed(address recipient, uint256 creationRound, uint256 commitmentIndex);
    /// @notice The draw {1e18 = 1} is not below the win probability {1e18 = 1}.
    /// @dev Drop the ticket; to submit winners only, compare the draw with the win probability first.
    error TicketBrokerTicketLost(uint256 draw, uint256 winProb);
    /// @notice The signature recovers no key, or one that may not sign for the sender in that round.
    /// @dev Compare `digest` with what was signed, domain, chain, caller (= recipient) and `recipientRand` included; `signer` is who signed that digest, 0 = nobody.
    error TicketBrokerInvalidSignature(address sender, address signer, bytes32 digest);
    /// @notice The winners of a key in one creation round would exceed its cap {wei ETH}. The ticket stays as it is, and can't be paid: no later round raises the cap of this one.
    /// @dev Drop the ticket; refuse tickets of a key whose face value is not covered by its cap.
    error TicketBrokerSignerCapExceeded(address key, uint256 have, uint256 need);
    /// @notice Deposit and allocation of the sender together do not cover the face value {wei ETH}. The ticket stays redeemable.
    /// @dev Ask the sender to fund its deposit up to `need`, and redeem again before the ticket expires; or claim the default.
    error TicketBrokerInsufficientFunds(uint256 have, uint256 need);
    /// @notice The sender can pay: there is no default {wei ETH}.
    /// @dev Redeem the ticket.
    error TicketBrokerNotInDefault(uint256 have, uint256 need);
    /// @notice The curing period would end after the ticket's last round {round}.
    /// @dev Claim defaults by round `need`; redeem sooner.
    error TicketBrokerDefaultTooLate(uint256 have, uint256 need);
    /// @notice There is no unsettled default about this commitment.
    /// @dev Take recipient, creation round and number from the event `DefaultClaimed`.
    error TicketBrokerNoDefault(address recipient, uint256 creationRound, uint256 commitmentIndex);
    /// @notice The curing period is not over {round}.
    /// @dev Wait until round `need`.
    error TicketBrokerCuring(uint256 have, uint256 need);
    /// @notice The sender's escrow is empty, or the one that was liable for this default has left: forfeited, or withdrawn.
    /// @dev Nothing is left to forfeit.
    error TicketBrokerNothingToForfeit(address sender);
    /// @notice Only the BondingManager may do this.
    /// @dev Call `pullFees` and `withdrawFees` of the BondingManager.
    error TicketBrokerNotBondingManager(address have, address need);
    /// @notice BondingManager asks for more than was handed over to its books {wei ETH}.
    /// @dev Nothing is to be done: BondingManager pays what it booked.
    error TicketBrokerFeesMissing(uint256 have, uint256 need);
    /// @notice A ticket validity is outside `[least, most]` {round}.
    /// @dev Choose a validity between `least` and `most` {round}.
    error TicketBrokerValidityOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice A ticket validity is not below the shortest notice that a commission has, announced now or not begun yet {round} (S4).
    /// @dev Choose a validity below `needBelow`, or raise the BondingManager's notice first and wait until what was announced under the old one has begun.
    error TicketBrokerValidityNotBelowNotice(uint256 have, uint256 needBelow);
    /// @notice An unlock period is above `most` {round}.
    /// @dev Choose an unlock period of at most `most` {round}.
    error TicketBrokerUnlockPeriodTooLong(uint256 have, uint256 most);
    /// @notice An unlock period (the shorter of old and new) is not above a ticket's validity (the longest of those alive) plus one {round}.
    /// @dev Choose an unlock period above `needAbove` or a shorter validity; to raise both, raise the unlock period first.
    error TicketBrokerUnlockPeriodTooShort(uint256 have, uint256 needAbove);
    /// @notice The curing period is outside `[least, most]`: `most` is how long a ticket lives {round}.
    /// @dev Choose a curing period between `least` and `most` {round}.
    error TicketBrokerCuringPeriodOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice Tickets from before the last change of the validity may still be alive {round}.
    /// @dev Wait until round `needRound`.
    error TicketBrokerValidityChangedRecently(uint256 currentRound, uint256 needRound);

    /// @notice Sets the parameters; emits {ParametersChanged} with zeroes as the old ones.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - the bounds of {Parameters};
    /// - the BondingManager is initialised.
    /// @param authority The AccessManager.
    /// @param parameters_ First parameters.
    function initialize(address authority, Parameters calldata parameters_) external;

    /// @notice Adds `escrowAmount` of the sent ETH to the penalty escrow of `sender` and the rest to its deposit; emits
    /// {EscrowFunded} and {DepositFunded}, each if its amount is not zero.
    /// @dev Who may call: anyone, for anyone. The lock of `sender` stays as it is, so a stranger's gift neither stops nor
    /// starts a withdrawal; what is added while `sender` is unlocking leaves with the rest.
    ///
    /// Requirements:
    /// - funding is not paused;
    /// - `sender` is not zero;
    /// - some ETH is sent, and at least `escrowAmount`.
    /// @param sender Whose money it becomes.
    /// @param escrowAmount {wei ETH} Part for the penalty escrow.
    function fund(address sender, uint256 escrowAmount) external payable;

    /// @notice Adds the sent ETH to what `sender` has set aside for `recipient`; emits {AllocationFunded}.
    /// @dev Who may call: anyone, for anyone. It changes no lock and no reduction that is on its way.
    ///
    /// Requirements:
    /// - funding is not paused;
    /// - neither `sender` nor `recipient` is zero;
    /// - some ETH is sent.
    function fundAllocation(address sender, address recipient) external payable;

    /// @notice Lets `amount` of the caller's allocation for `recipient` leave after an unlock period, instead of what was to leave before; emits {AllocationReduced}. 0 calls a reduction off.
    /// @dev What `recipient` can rely on for a ticket is `amount − leaving`, or all of it where the ticket dies before `releaseRound`. Until the release the tickets of
    /// `recipient` can take all of it (P3), what does not leave first: never more is leaving than there is.
    ///
    /// Requirements:
    /// - there is so much.
    /// @param amount {wei ETH}
    function reduceAllocation(address recipient, uint256 amount) external;

    /// @notice Moves what leaves, as far as it is still there, from an allocation to the deposit of `sender`; emits {AllocationReleased}.
    /// @dev Who may call: anyone.
    ///
    /// Requirements:
    /// - something leaves, and its round has come.
    function releaseAllocation(address sender, address recipient) external;

    /// @notice Lets `key` sign the caller's tickets of rounds up to `lastRound`, whose winners add up to at most `cap` for each creation round; emits {SignerAuthorized}.
    /// @dev A new key may sign tickets of the current round at once, and of no earlier one. For one that was authorized before, the new cap holds from the next round on, and `lastRound` may be the current one: what it could sign so far stays
    /// good (never revoked backwards), and no more, however often it is authorized. To revoke a key, authorize it until the current round. A stolen key costs at most (rounds until then + ticket validity + 1) · `cap`.
    /// A cap above the deposit endangers the escrow as well: the thief's winners may become defaults.
    /// WARNING: a key that has run out is good for the rounds since then as well when it is authorized anew, with its old cap.
    ///
    /// Requirements:
    /// - `key` is not zero;
    /// - `lastRound` is not over.
    /// @param lastRound {round}
    /// @param cap {wei ETH}
    function authorizeSigner(address key, uint256 lastRound, uint256 cap) external;

    /// @notice Starts the caller's unlock period; emits {UnlockStarted}. Tickets are paid on meanwhile.
    /// @dev The withdraw round is fixed here, by the parameters now in force (P2).
    ///
    /// Requirements:
    /// - the caller has a deposit or an escrow;
    /// - it is not unlocking already.
    function unlock() external;

    /// @notice Locks the caller's money again; emits {UnlockCancelled}.
    ///
    /// Requirements:
    /// - the caller is unlocking.
    function cancelUnlock() external;

    /// @notice Sends the caller its whole deposit and escrow; emits {Withdrawn}. Its account is then empty and locked.
    /// @dev P2: a ticket of round r that was made before `unlock()` in round u ≥ r can be redeemed until r + its validity, and
    /// validity + 1 < unlock period, so it is dead two rounds before the withdrawal.
    ///
    /// Requirements:
    /// - the caller is unlocking and its withdraw round has come;
    /// - the caller accepts ETH.
    function withdraw() external;

    /// @notice Pays a winning ticket whose recipient is the caller: moves its face value from the sender's deposit, and where that is not enough from its allocation for the caller, to the fees of (recipient, creation round) and closes its
    /// commitment; emits {TicketRedeemed}.
    /// @dev Who may call: the recipient, who is not named for that reason. A redemption shows the random number to everybody, also when it fails. If
    /// anyone could submit, the sender could then sign a worthless ticket on the same commitment and close it with that (P1). Signature
    /// encoding and order of redemption change neither draw nor payee (P5, P6). Never paused.
    ///
    /// Requirements, in this order:
    /// - creationRound ≤ current round ≤ creationRound + ticket validity of the creation round;
    /// - (recipient, creationRound, commitmentIndex) has not won before;
    /// - the draw is below `winProb`;
    /// - the signature is the sender's, or of a key that it authorized for the creation round, whose cap is not exceeded;
    /// - deposit and allocation cover the whole face value. If they do not, nothing changes and the ticket can be redeemed
    ///   after a top-up, until it expires (P1), or claimed as a default (P4).
    ///
    /// WARNING: refuse new tickets of a sender whose `withdrawRound` is not 0: those made after `unlock()` may outlive its deposit.
    /// @param payer Sender and face value, see {Tickets}.
    /// @param terms Win probability, salt, number of the commitment and creation round, see {Tickets}.
    /// @param recipientRand Preimage of the commitment.
    /// @param r ERC-2098 signature over `hashTicket(ticket)`.
    /// @param vs The same.
    function redeem(bytes32 payer, bytes32 terms, uint256 recipientRand, bytes32 r, bytes32 vs) external;

    /// @notice Does what `redeem` does for each ticket, in order; emits {TicketsRedeemed} for each payer of which one was paid. A ticket that `redeem` would refuse is left out with
    /// {TicketSkipped} and can be redeemed later if its reason goes away (P5).
    /// @dev Who may call: the recipient of the tickets.
    /// @return paid {1} How many were paid.
    function redeemBatch(Batch[] calldata batches) external returns (uint256 paid);

    /// @notice Presents a winner that its sender cannot pay: closes its commitment and starts the curing period; emits {DefaultClaimed} (P4).
    /// @dev Who may call: the recipient. Nobody's money moves. The commitment is closed because the random number is public now: the default stands for the ticket until its last round.
    ///
    /// Requirements:
    /// - those of `redeem`, but for the last one: deposit and allocation do not cover the face value;
    /// - current round + curing period ≤ the ticket's last round.
    function claimDefault(bytes32 payer, bytes32 terms, uint256 recipientRand, bytes32 r, bytes32 vs) external;

    /// @notice Has a default paid as `redeem` would have paid the ticket; emits {DefaultSettled}. A forfeited escrow does not come back.
    /// @dev Who may call: anyone; the sender does after it has topped up.
    ///
    /// Requirements:
    /// - there is such a default, not settled yet;
    /// - the ticket's last round is not over;
    /// - deposit and allocation cover the face value.
    function settleDefault(address recipient, uint256 creationRound, uint256 commitmentIndex) external;

    /// @notice Sends the sender's whole penalty escrow to the treasury for a default that was not settled in time; emits {EscrowForfeited} (P4).
    /// @dev Who may call: anyone. Neither caller nor recipient gets any of it, or senders would default to themselves. What the sender adds to its escrow later is liable for later defaults only:
    /// an escrow that leaves, forfeited or withdrawn, has stood for all defaults claimed until then.
    ///
    /// Requirements:
    /// - there is such a default, not settled yet, and its curing round is over;
    /// - no escrow has left since it was claimed, and there is some.
    function forfeitEscrow(address recipient, uint256 creationRound, uint256 commitmentIndex) external;

    /// @notice Hands the oldest fees of `recipient` over to the BondingManager's books; emits {FeesPulled} if there are any. The ETH stays here until {payFees}.
    /// @dev Who may call: the BondingManager. A round is handed over once no ticket of it or of an earlier round can be redeemed any more, whatever its validity: so the rounds come in their
    /// order, and none comes twice.
    /// It looks at 65,536 rounds at most; where that was not enough, the answer names the round at which the next call is to begin.
    ///
    /// WARNING: begin behind the last round that was handed over. A round that was keeps its mark: from it or from an earlier one on, it is found again, answered with an `amount` of 0 and
    /// {FeesPulled} of 0, and what later rounds hold is not reached. No money moves, and none is lost.
    /// @param recipient Orchestrator.
    /// @param fromRound {round} All fees of earlier rounds were handed over, and are not looked for.
    /// @return round {round} Creation round of the tickets; where there are no fees to hand over, the first round of which fees may still come, or, below it, one that was handed over before.
    /// @return amount {wei ETH} 0 = there are none.
    function pullFees(address recipient, uint256 fromRound) external returns (uint256 round, uint256 amount);

    /// @notice Sends `amount` {wei ETH} of the fees that were handed over to `to`; emits {FeesPaid}.
    /// @dev Who may call: the BondingManager, which knows whose they are.
    ///
    /// Requirements:
    /// - as much was handed over and not paid yet;
    /// - `to` accepts ETH.
    function payFees(address payable to, uint256 amount) external;

    /// @notice Stops `fund` and `fundAllocation`, and nothing else.
    /// @dev Who may call: governance.
    function pause() external;

    /// @notice Allows funding again.
    /// @dev Who may call: governance.
    function unpause() external;

    /// @notice Changes the parameters; emits {ParametersChanged}.
    /// @dev Who may call: governance. A new ticket validity holds for tickets created from the next round on; each older ticket keeps
    /// the validity of its creation round (P2: changed parameters bind only later tickets). A withdraw round that was fixed
    /// by `unlock` stays. The other parameters change at once.
    ///
    /// Requirements:
    /// - the bounds of {Parameters};
    /// - the longest validity among old, new and whatever older tickets alive have, plus one, is below the shorter of old and new unlock
    ///   period, so the order of an unlock and a change does not matter. To raise both, raise the unlock period first;
    /// - if the validity changes: tickets from before its last change are dead, under that and under the present validity.
    /// @param newParameters New parameters.
    function setParameters(Parameters calldata newParameters) external;

    /// @notice What `sender` has put in.
    function getSender(address sender) external view returns (Sender memory);

    /// @notice {wei ETH} Fees booked for (`recipient`, `creationRound`) and not yet pulled.
    function feesOf(address recipient, uint256 creationRound) external view returns (uint256);

    /// @notice What `sender` has set aside for `recipient`.
    function allocationOf(address sender, address recipient) external view returns (Allocation memory);

    /// @notice What `key` may sign for `sender`.
    function signerOf(address sender, address key) external view returns (Signer memory);

    /// @notice {wei ETH} Most that winners of `creationRound` that `key` signed for `sender` can take; 0 = it may not sign for that round. Of a round of which tickets may be alive, whatever was authorized since.
    function capOf(address sender, address key, uint256 creationRound) external view returns (uint256);

    /// @notice {wei ETH} What winners of `creationRound` that `key` signed for `sender` have taken.
    function spentBy(address sender, address key, uint256 creationRound) external view returns (uint256);

    /// @notice An unsettled default.
    function defaultOf(
        address recipient,
        uint256 creationRound,
        uint256 commitmentIndex
    ) external view returns (Default memory);

    /// @notice Whether commitment number `commitmentIndex` of `recipient` for tickets of `creationRound` has won. Of a round whose fees were pulled, that is not known any more.
    function isClosed(address recipient, uint256 creationRound, uint256 commitmentIndex) external view returns (bool);

    /// @notice {round} The last round in which a ticket created in `creationRound` can be redeemed.
    function lastRedemptionRound(uint256 creationRound) external view returns (uint256);

    /// @notice {round} The first round of which a ticket may still be redeemed. The fees of all rounds before it are final. It never falls, whatever is decided about validity.
    function firstOpenRound() external view returns (uint256);

    /// @notice {round} The longest validity of any ticket that can be redeemed or made, in the next round as well.
    function longestValidity() external view returns (uint256);

    /// @notice EIP-712 digest of `ticket`: what its sender signs.
    function hashTicket(Tickets.Ticket calldata ticket) external view returns (bytes32);

    /// @notice {1e18 = 1} The draw of a ticket with `digest`: `floor(keccak256(abi.encode(digest, recipientRand)) · 1e18 / 2^256)`.
    function draw(bytes32 digest, uint256 recipientRand) external pure returns (uint256);

    /// @notice The parameters, the decided ticket validity included.
    function parameters() external view returns (Parameters memory);

    /// @notice EIP-5267: the EIP-712 domain of the tickets.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        );
}

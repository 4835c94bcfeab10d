// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tickets} from "../libraries/Tickets.sol";

/// @title ITicketBroker
/// @notice Holds the broadcasters' ETH and pays winning lottery tickets from it. Source: Streamflow paper, "Probabilistic
/// Micropayments"; ADR 1.
/// @dev Range: every ETH amount below 2^96 wei; rounds below 2^32. A fee is booked for (recipient, creation round) and leaves through
/// the BondingManager alone. The contract's balance is never below the sum of all deposits, escrows and booked fees (S7).
interface ITicketBroker {
    /// @notice What a broadcaster has put in.
    struct Sender {
        /// @dev {wei ETH} Pays tickets.
        uint96 deposit;
        /// @dev {wei ETH} Penalty escrow. Pays no ticket.
        uint96 escrow;
        /// @dev {round} From this round on all of it may be withdrawn; 0 = locked.
        uint64 withdrawRound;
    }

    /// @notice Governed windows.
    struct Parameters {
        /// @dev {round} A ticket can be redeemed in its creation round and in this many more. 1 to 30, below the BondingManager's notice of commissions (S4).
        uint32 ticketValidity;
        /// @dev {round} From `unlock` to the first withdrawal. Above `ticketValidity + 1`, at most 100.
        uint32 unlockPeriod;
        /// @dev {round} How long an unpaid winner waits before a forfeit. At most `ticketValidity`. Not used yet.
        uint32 curingPeriod;
    }

    /// @notice One item of a batch.
    struct Redemption {
        Tickets.Ticket ticket;
        /// @dev The sender's signature over the ticket's digest.
        bytes signature;
        /// @dev Preimage of the ticket's commitment.
        uint256 recipientRand;
    }

    /// @notice `funder` added `amount` {wei ETH} to the deposit of `sender`.
    event DepositFunded(address indexed sender, address indexed funder, uint256 amount);
    /// @notice `funder` added `amount` {wei ETH} to the penalty escrow of `sender`.
    event EscrowFunded(address indexed sender, address indexed funder, uint256 amount);
    /// @notice `sender` may withdraw from `withdrawRound` on.
    event UnlockStarted(address indexed sender, uint256 withdrawRound);
    /// @notice `sender` is locked again.
    event UnlockCancelled(address indexed sender);
    /// @notice `sender` took out its deposit and escrow {wei ETH}.
    event Withdrawn(address indexed sender, uint256 deposit, uint256 escrow);
    /// @notice A ticket won: `faceValue` {wei ETH} moved from the deposit of `sender` to the fees of (`recipient`, `creationRound`).
    event TicketRedeemed(
        address indexed sender,
        address indexed recipient,
        uint256 commitmentIndex,
        uint256 faceValue,
        uint256 creationRound,
        uint256 recipientRand
    );
    /// @notice Item `index` of a batch was left out; `reason` is the error with which `redeem` would have reverted.
    event RedemptionSkipped(uint256 indexed index, bytes reason);
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
    /// @notice Only the ticket's recipient submits it.
    /// @dev Submit the ticket from `need`.
    error TicketBrokerNotRecipient(address have, address need);
    /// @notice The ticket was created in a round that has not come {round}.
    /// @dev Wait until round `creationRound`; accept no tickets of rounds that have not begun.
    error TicketBrokerTicketFromFuture(uint256 currentRound, uint256 creationRound);
    /// @notice The last round in which the ticket could be redeemed is over {round}.
    /// @dev Drop the ticket, which is worth nothing any more; redeem the next one sooner.
    error TicketBrokerTicketExpired(uint256 currentRound, uint256 lastRound);
    /// @notice The random number is not the preimage of the ticket's commitment.
    /// @dev Give the random number that was drawn for this commitment: its keccak256 must be `need`.
    error TicketBrokerWrongRecipientRand(bytes32 have, bytes32 need);
    /// @notice The commitment has won already.
    /// @dev Drop the ticket, as a commitment pays once; hand out a new commitment after each win.
    error TicketBrokerCommitmentClosed(address recipient, uint256 commitmentIndex);
    /// @notice The draw {1e18 = 1} is not below the win probability {1e18 = 1}.
    /// @dev Drop the ticket; to submit winners only, compare the draw with the win probability first.
    error TicketBrokerTicketLost(uint256 draw, uint256 winProb);
    /// @notice The signature is not the sender's.
    /// @dev Compare `digest` with what was signed, domain and chain included; without a contract at `sender`, sign 65 bytes with a low s.
    error TicketBrokerInvalidSignature(address sender, bytes32 digest);
    /// @notice The sender's deposit does not cover the face value {wei ETH}. The ticket stays redeemable.
    /// @dev Ask the sender to fund its deposit up to `need`, and redeem again before the ticket expires.
    error TicketBrokerInsufficientDeposit(uint256 have, uint256 need);
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
    /// @notice The curing period is longer than a ticket lives {round}.
    /// @dev Choose a curing period of at most `most` {round}.
    error TicketBrokerCuringPeriodTooLong(uint256 have, uint256 most);
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

    /// @notice Pays a winning ticket: moves its face value from the sender's deposit to the fees of (recipient, creation round)
    /// and closes its commitment; emits {TicketRedeemed}.
    /// @dev Who may call: the ticket's recipient. A redemption shows the random number to everybody, also when it fails for a low deposit. If
    /// anyone could submit, the sender could then sign a worthless ticket on the same commitment and close it with that (P1). Signature
    /// encoding and order of redemption change neither draw nor payee (P5, P6). Never paused.
    ///
    /// Requirements, in this order:
    /// - the caller is `ticket.recipient`;
    /// - creationRound ≤ current round ≤ creationRound + ticket validity of the creation round;
    /// - `recipientRand` is the preimage of the commitment;
    /// - (recipient, commitmentIndex) has not won before;
    /// - the draw is below `winProb`;
    /// - `signature` is the sender's: 65 bytes of ECDSA, or what the contract at `sender` accepts (ERC-1271, within 100,000 gas);
    /// - the sender's deposit covers the whole face value. If it does not, nothing changes and the ticket can be redeemed
    ///   after a top-up, until it expires (P1).
    ///
    /// WARNING: refuse new tickets of a sender whose `withdrawRound` is not 0: those made after `unlock()` may outlive its deposit.
    ///
    /// WARNING: a contract that signs by ERC-1271 can change its mind about a signature. Accept its tickets at your own risk.
    /// @param ticket The ticket.
    /// @param signature The sender's signature over `hashTicket(ticket)`.
    /// @param recipientRand Preimage of the commitment.
    function redeem(Tickets.Ticket calldata ticket, bytes calldata signature, uint256 recipientRand) external;

    /// @notice Does what `redeem` does for each item, in order. An item that `redeem` would refuse is left out with
    /// {RedemptionSkipped} and can be redeemed later if its reason goes away (P5).
    /// @dev Who may call: the recipient of the items; an item with another one is left out.
    /// @param redemptions Items.
    /// @return paid {1} How many were paid.
    function redeemBatch(Redemption[] calldata redemptions) external returns (uint256 paid);

    /// @notice Hands the oldest fees of `recipient` over to the BondingManager's books; emits {FeesPulled} if there are any. The ETH stays here until {payFees}.
    /// @dev Who may call: the BondingManager. A round is handed over once no ticket of it or of an earlier round can be redeemed any more, whatever its validity: so the rounds come in their
    /// order, and none comes twice.
    /// @param recipient Orchestrator.
    /// @return round {round} Creation round of the tickets; where there are no fees to hand over, the first round of which fees may still come.
    /// @return amount {wei ETH} 0 = there are none.
    function pullFees(address recipient) external returns (uint256 round, uint256 amount);

    /// @notice Sends `amount` {wei ETH} of the fees that were handed over to `to`; emits {FeesPaid}.
    /// @dev Who may call: the BondingManager, which knows whose they are.
    ///
    /// Requirements:
    /// - as much was handed over and not paid yet;
    /// - `to` accepts ETH.
    function payFees(address payable to, uint256 amount) external;

    /// @notice Stops `fund`, and nothing else.
    /// @dev Who may call: governance.
    function pause() external;

    /// @notice Allows `fund` again.
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

    /// @notice Whether commitment number `commitmentIndex` of `recipient` has won.
    function isClosed(address recipient, uint256 commitmentIndex) external view returns (bool);

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

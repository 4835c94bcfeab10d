// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IBondingLedger} from "../interfaces/IBondingLedger.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Tickets} from "../libraries/Tickets.sol";

/// @title TicketBroker
contract TicketBroker is ITicketBroker, AccessManagedUpgradeable, PausableUpgradeable, ReentrancyGuardTransient {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for uint256;

    // --- Constants and immutables ---

    /// @notice {round} Shortest ticket validity.
    uint256 public constant MIN_TICKET_VALIDITY = 1;
    /// @notice {round} Longest ticket validity.
    uint256 public constant MAX_TICKET_VALIDITY = 30;
    /// @notice {round} Longest unlock period.
    uint256 public constant MAX_UNLOCK_PERIOD = 100;

    /// @notice Tells the round.
    IRoundsManager public immutable ROUNDS_MANAGER;
    /// @notice Receives the fees of closed rounds.
    address public immutable BONDING_MANAGER;

    // --- Storage ---

    /// @dev {Parameters} and the validity of older tickets, in one slot.
    struct Windows {
        uint32 ticketValidity;
        uint32 unlockPeriod;
        uint32 curingPeriod;
        /// @dev {round} Validity of tickets created before `validityRound`.
        uint32 previousTicketValidity;
        /// @dev {round} First creation round with `ticketValidity`; 0 = it was never changed.
        uint32 validityRound;
    }

    /// @dev Must stay true:
    /// - P1, P5: a bit of `closed` is set only together with the payment of one full face value;
    /// - P2: unlockPeriod > validity + 1 for every ticket alive; a ticket's validity never changes while it lives;
    /// - S4: every ticket alive is valid for less than any commission's notice;
    /// - `firstOpenRound` never falls (BondingManager relies on it);
    /// - S7: balance ≥ Σ deposit + Σ escrow + Σ fees + handedOver;
    /// - a round has a bit exactly if it has fees.
    /// @custom:storage-location erc7201:streamflow.storage.TicketBroker
    struct TicketBrokerStorage {
        Windows windows;
        mapping(address sender => Sender) senders;
        mapping(address recipient => BitMaps.BitMap) closed;
        mapping(address recipient => mapping(uint256 creationRound => uint256)) fees;
        /// @dev A bit for each creation round with fees, 256 rounds a word.
        mapping(address recipient => mapping(uint256 word => uint256)) feeRounds;
        /// @dev {1} 1 + the first word that may have a bit; 0 = there never was one.
        mapping(address recipient => uint256) feeWords;
        /// @dev {wei ETH} Fees in BondingManager's books that are still here.
        uint256 handedOver;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.TicketBroker")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x87b831a58831efecb262f82895a006e5979f10a61d768b23f298b445c6ab5400;

    // --- Initialization ---

    constructor(IRoundsManager roundsManager, address bondingManager) {
        ROUNDS_MANAGER = roundsManager;
        BONDING_MANAGER = bondingManager;
        _disableInitializers();
    }

    /// @inheritdoc ITicketBroker
    function initialize(address authority, Parameters calldata parameters_) external initializer {
        __AccessManaged_init(authority);
        __Pausable_init();
        _requireBounds(parameters_);

        _storage().windows = Windows({
            ticketValidity: parameters_.ticketValidity,
            unlockPeriod: parameters_.unlockPeriod,
            curingPeriod: parameters_.curingPeriod,
            previousTicketValidity: parameters_.ticketValidity,
            validityRound: 0
        });
        emit ParametersChanged(Parameters(0, 0, 0), parameters_, 0);
    }

    // --- Modifiers ---

    modifier onlyBondingManager() {
        require(msg.sender == BONDING_MANAGER, TicketBrokerNotBondingManager(msg.sender, BONDING_MANAGER));
        _;
    }

    // --- Funding ---

    /// @inheritdoc ITicketBroker
    function fund(address sender, uint256 escrowAmount) external payable whenNotPaused {
        require(sender != address(0), TicketBrokerZeroSender());
        require(msg.value != 0, TicketBrokerNothingFunded());
        require(escrowAmount <= msg.value, TicketBrokerEscrowExceedsValue(msg.value, escrowAmount));

        Sender storage account = _storage().senders[sender];
        uint256 depositAmount = msg.value - escrowAmount;
        if (depositAmount != 0) {
            account.deposit = (account.deposit + depositAmount).toUint96();
            emit DepositFunded(sender, msg.sender, depositAmount);
        }
        if (escrowAmount != 0) {
            account.escrow = (account.escrow + escrowAmount).toUint96();
            emit EscrowFunded(sender, msg.sender, escrowAmount);
        }
    }

    /// @inheritdoc ITicketBroker
    function unlock() external {
        TicketBrokerStorage storage $ = _storage();
        Sender storage account = $.senders[msg.sender];
        require(account.deposit != 0 || account.escrow != 0, TicketBrokerNothingToUnlock(msg.sender));
        require(account.withdrawRound == 0, TicketBrokerUnlocking(msg.sender, account.withdrawRound));

        uint64 withdrawRound = (ROUNDS_MANAGER.currentRound() + $.windows.unlockPeriod).toUint64();
        account.withdrawRound = withdrawRound;
        emit UnlockStarted(msg.sender, withdrawRound);
    }

    /// @inheritdoc ITicketBroker
    function cancelUnlock() external {
        Sender storage account = _storage().senders[msg.sender];
        require(account.withdrawRound != 0, TicketBrokerLocked(msg.sender));

        account.withdrawRound = 0;
        emit UnlockCancelled(msg.sender);
    }

    /// @inheritdoc ITicketBroker
    function withdraw() external nonReentrant {
        TicketBrokerStorage storage $ = _storage();
        Sender memory account = $.senders[msg.sender];
        require(account.withdrawRound != 0, TicketBrokerLocked(msg.sender));
        uint256 round = ROUNDS_MANAGER.currentRound();
        require(round >= account.withdrawRound, TicketBrokerWithdrawTooEarly(round, account.withdrawRound));

        delete $.senders[msg.sender];
        emit Withdrawn(msg.sender, account.deposit, account.escrow);

        // Interactions
        Address.sendValue(payable(msg.sender), uint256(account.deposit) + account.escrow);
    }

    // --- Redemption ---

    /// @inheritdoc ITicketBroker
    function redeem(Tickets.Ticket calldata ticket, bytes calldata signature, uint256 recipientRand) external {
        bytes memory failure = _redeem(
            ticket,
            signature,
            recipientRand,
            ROUNDS_MANAGER.currentRound(),
            Tickets.domainSeparator(address(this))
        );

        // The errors are data here, so that one code path serves this and the batch.
        if (failure.length != 0) {
            assembly ("memory-safe") {
                revert(add(failure, 0x20), mload(failure))
            }
        }
    }

    /// @inheritdoc ITicketBroker
    function redeemBatch(Redemption[] calldata redemptions) external returns (uint256 paid) {
        uint256 round = ROUNDS_MANAGER.currentRound();
        bytes32 separator = Tickets.domainSeparator(address(this));

        for (uint256 i = 0; i < redemptions.length; ++i) {
            Redemption calldata item = redemptions[i];
            bytes memory failure = _redeem(item.ticket, item.signature, item.recipientRand, round, separator);
            if (failure.length == 0) ++paid;
            else emit RedemptionSkipped(i, failure);
        }
    }

    // --- Fees ---

    /// @inheritdoc ITicketBroker
    function pullFees(address recipient) external onlyBondingManager returns (uint256 round, uint256 amount) {
        TicketBrokerStorage storage $ = _storage();
        uint256 open = firstOpenRound();
        bool found;
        (found, round) = _oldestFees(recipient, open);
        if (!found) return (open, 0);

        amount = $.fees[recipient][round];
        delete $.fees[recipient][round];
        $.feeRounds[recipient][round >> 8] ^= 1 << (round & 0xff);
        $.handedOver += amount;
        emit FeesPulled(recipient, round, amount);
    }

    /// @inheritdoc ITicketBroker
    function payFees(address payable to, uint256 amount) external onlyBondingManager nonReentrant {
        TicketBrokerStorage storage $ = _storage();
        require($.handedOver >= amount, TicketBrokerFeesMissing($.handedOver, amount));

        $.handedOver -= amount;
        emit FeesPaid(to, amount);

        // Interactions
        Address.sendValue(to, amount);
    }

    // --- Governance actions ---

    /// @inheritdoc ITicketBroker
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc ITicketBroker
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc ITicketBroker
    function setParameters(Parameters calldata newParameters) external restricted {
        _requireBounds(newParameters);
        Windows storage windows = _storage().windows;
        Windows memory old = windows;
        uint256 round = ROUNDS_MANAGER.currentRound();

        uint256 longest = Math.max(longestValidity(), newParameters.ticketValidity);
        uint256 shortest = Math.min(old.unlockPeriod, newParameters.unlockPeriod);
        require(shortest > longest + 1, TicketBrokerUnlockPeriodTooShort(shortest, longest + 1));

        if (newParameters.ticketValidity != old.ticketValidity) {
            if (old.validityRound != 0) {
                uint256 needRound = old.validityRound + Math.max(old.ticketValidity, old.previousTicketValidity);
                require(round >= needRound, TicketBrokerValidityChangedRecently(round, needRound));
            }
            windows.previousTicketValidity = old.ticketValidity;
            windows.validityRound = (round + 1).toUint32();
            windows.ticketValidity = newParameters.ticketValidity;
        }
        windows.unlockPeriod = newParameters.unlockPeriod;
        windows.curingPeriod = newParameters.curingPeriod;
        emit ParametersChanged(
            Parameters(old.ticketValidity, old.unlockPeriod, old.curingPeriod),
            newParameters,
            windows.validityRound
        );
    }

    // --- Views ---

    /// @inheritdoc ITicketBroker
    function getSender(address sender) external view returns (Sender memory) {
        return _storage().senders[sender];
    }

    /// @inheritdoc ITicketBroker
    function feesOf(address recipient, uint256 creationRound) external view returns (uint256) {
        return _storage().fees[recipient][creationRound];
    }

    /// @inheritdoc ITicketBroker
    function isClosed(address recipient, uint256 commitmentIndex) external view returns (bool) {
        return _storage().closed[recipient].get(commitmentIndex);
    }

    /// @inheritdoc ITicketBroker
    function lastRedemptionRound(uint256 creationRound) public view returns (uint256) {
        Windows storage windows = _storage().windows;
        return
            creationRound +
            (creationRound < windows.validityRound ? windows.previousTicketValidity : windows.ticketValidity);
    }

    /// @inheritdoc ITicketBroker
    function firstOpenRound() public view returns (uint256) {
        Windows storage windows = _storage().windows;
        uint256 round = ROUNDS_MANAGER.currentRound();
        uint256 changed = windows.validityRound;
        if (changed != 0 && round < changed + windows.previousTicketValidity) {
            return Math.saturatingSub(round, windows.previousTicketValidity);
        }
        return Math.max(changed, Math.saturatingSub(round, windows.ticketValidity));
    }

    /// @inheritdoc ITicketBroker
    function longestValidity() public view returns (uint256) {
        Windows storage windows = _storage().windows;
        uint256 previous = windows.previousTicketValidity;
        bool olderAlive = ROUNDS_MANAGER.currentRound() < windows.validityRound + previous;
        return olderAlive ? Math.max(previous, windows.ticketValidity) : windows.ticketValidity;
    }

    /// @inheritdoc ITicketBroker
    function hashTicket(Tickets.Ticket calldata ticket) external view returns (bytes32) {
        return Tickets.digestOf(Tickets.domainSeparator(address(this)), ticket);
    }

    /// @inheritdoc ITicketBroker
    function draw(bytes32 digest, uint256 recipientRand) external pure returns (uint256) {
        return Tickets.draw(digest, recipientRand);
    }

    /// @inheritdoc ITicketBroker
    function parameters() external view returns (Parameters memory) {
        Windows storage windows = _storage().windows;
        return Parameters(windows.ticketValidity, windows.unlockPeriod, windows.curingPeriod);
    }

    /// @inheritdoc ITicketBroker
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
        )
    {
        return (0x0f, Tickets.NAME, Tickets.VERSION, block.chainid, address(this), 0, new uint256[](0));
    }

    // --- Internals ---

    /// @dev Pays the ticket and returns nothing, or changes nothing and returns the encoded error. The checks stand in the order of their price.
    function _redeem(
        Tickets.Ticket calldata ticket,
        bytes calldata signature,
        uint256 recipientRand,
        uint256 round,
        bytes32 separator
    ) private returns (bytes memory failure) {
        failure = _check(ticket, signature, recipientRand, round, separator);
        if (failure.length != 0) return failure;

        TicketBrokerStorage storage $ = _storage();
        Sender storage sender = $.senders[ticket.sender];
        uint96 deposit = sender.deposit;
        if (deposit < ticket.faceValue) {
            return abi.encodeWithSelector(TicketBrokerInsufficientDeposit.selector, deposit, ticket.faceValue);
        }

        $.closed[ticket.recipient].set(ticket.commitmentIndex);
        sender.deposit = deposit - ticket.faceValue;
        _bookFees(ticket.recipient, ticket.creationRound, ticket.faceValue);
        emit TicketRedeemed(
            ticket.sender,
            ticket.recipient,
            ticket.commitmentIndex,
            ticket.faceValue,
            ticket.creationRound,
            recipientRand
        );
    }

    function _bookFees(address recipient, uint256 round, uint256 amount) private {
        TicketBrokerStorage storage $ = _storage();
        uint256 booked = $.fees[recipient][round];
        $.fees[recipient][round] = booked + amount;
        if (booked != 0 || amount == 0) return;

        uint256 word = round >> 8;
        $.feeRounds[recipient][word] |= 1 << (round & 0xff);
        uint256 first = $.feeWords[recipient];
        if (first == 0 || word + 1 < first) $.feeWords[recipient] = word + 1;
    }

    /// @dev The oldest round before `open` with fees. Remembers the words that are done.
    function _oldestFees(address recipient, uint256 open) private returns (bool found, uint256 round) {
        TicketBrokerStorage storage $ = _storage();
        uint256 first = $.feeWords[recipient];
        if (first == 0) return (false, 0);

        uint256 word = first - 1;
        uint256 bits = $.feeRounds[recipient][word];
        while (bits == 0 && word < open >> 8) bits = $.feeRounds[recipient][++word];
        if (word + 1 != first) $.feeWords[recipient] = word + 1;
        if (bits == 0) return (false, 0);
        round = (word << 8) + Math.log2(bits & (~bits + 1));
        return (round < open, round);
    }

    /// @dev All that makes a ticket valid and winning, the deposit apart: the encoded error, or nothing.
    function _check(
        Tickets.Ticket calldata ticket,
        bytes calldata signature,
        uint256 recipientRand,
        uint256 round,
        bytes32 separator
    ) private view returns (bytes memory) {
        if (msg.sender != ticket.recipient) {
            return abi.encodeWithSelector(TicketBrokerNotRecipient.selector, msg.sender, ticket.recipient);
        }
        if (ticket.creationRound > round) {
            return abi.encodeWithSelector(TicketBrokerTicketFromFuture.selector, round, ticket.creationRound);
        }
        uint256 lastRound = lastRedemptionRound(ticket.creationRound);
        if (round > lastRound) {
            return abi.encodeWithSelector(TicketBrokerTicketExpired.selector, round, lastRound);
        }
        bytes32 commitment = Tickets.commitmentTo(recipientRand);
        if (commitment != ticket.commitment) {
            return abi.encodeWithSelector(TicketBrokerWrongRecipientRand.selector, commitment, ticket.commitment);
        }
        if (_storage().closed[ticket.recipient].get(ticket.commitmentIndex)) {
            return
                abi.encodeWithSelector(TicketBrokerCommitmentClosed.selector, ticket.recipient, ticket.commitmentIndex);
        }
        bytes32 digest = Tickets.digestOf(separator, ticket);
        uint256 drawn = Tickets.draw(digest, recipientRand);
        if (drawn >= ticket.winProb) {
            return abi.encodeWithSelector(TicketBrokerTicketLost.selector, drawn, ticket.winProb);
        }
        if (!Tickets.isSigned(ticket.sender, digest, signature)) {
            return abi.encodeWithSelector(TicketBrokerInvalidSignature.selector, ticket.sender, digest);
        }
        return "";
    }

    function _requireBounds(Parameters calldata p) private view {
        require(
            p.ticketValidity >= MIN_TICKET_VALIDITY && p.ticketValidity <= MAX_TICKET_VALIDITY,
            TicketBrokerValidityOutOfBounds(p.ticketValidity, MIN_TICKET_VALIDITY, MAX_TICKET_VALIDITY)
        );
        require(
            p.unlockPeriod <= MAX_UNLOCK_PERIOD,
            TicketBrokerUnlockPeriodTooLong(p.unlockPeriod, MAX_UNLOCK_PERIOD)
        );
        require(
            p.unlockPeriod > p.ticketValidity + 1,
            TicketBrokerUnlockPeriodTooShort(p.unlockPeriod, p.ticketValidity + 1)
        );
        require(p.curingPeriod <= p.ticketValidity, TicketBrokerCuringPeriodTooLong(p.curingPeriod, p.ticketValidity));
        uint256 notice = IBondingLedger(BONDING_MANAGER).shortestNotice();
        require(p.ticketValidity < notice, TicketBrokerValidityNotBelowNotice(p.ticketValidity, notice));
    }

    function _storage() private pure returns (TicketBrokerStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBondingLedger} from "../interfaces/IBondingLedger.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Domains} from "../libraries/Domains.sol";
import {RoundClock} from "../libraries/RoundClock.sol";
import {Tickets} from "../libraries/Tickets.sol";
import {Allocations} from "./Allocations.sol";
import {Defaults} from "./Defaults.sol";
import {TicketState} from "./TicketState.sol";
import {Windows, windowsFrom} from "./Windows.sol";

/// @title TicketBroker
contract TicketBroker is Allocations, Defaults, AccessManagedUpgradeable {
    using SafeCast for uint256;

    // --- Constants ---

    /// @notice {round} Shortest ticket validity.
    uint256 public constant MIN_TICKET_VALIDITY = 1;
    /// @notice {round} Longest ticket validity.
    uint256 public constant MAX_TICKET_VALIDITY = 30;
    /// @notice {round} Longest unlock period.
    uint256 public constant MAX_UNLOCK_PERIOD = 100;
    /// @notice {round} Shortest curing period.
    uint256 public constant MIN_CURING_PERIOD = 1;

    /// @dev {1} Words of 256 rounds that one search for fees looks into.
    uint256 private constant SEARCHED_WORDS = 256;

    // --- Initialization ---

    constructor(
        IRoundsManager roundsManager,
        address bondingManager,
        address treasury
    ) TicketState(roundsManager, bondingManager, treasury) {
        _disableInitializers();
    }

    /// @inheritdoc ITicketBroker
    function initialize(address authority, Parameters calldata parameters_) external initializer {
        __AccessManaged_init(authority);
        _requireBounds(parameters_);

        (uint32 round, , uint40 end) = RoundClock.read(ROUNDS_MANAGER);
        _storage().windows = windowsFrom(Math.saturatingSub(round, MAX_TICKET_VALIDITY))
            .withParameters(parameters_)
            .withClock(round, end);
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

        Account storage account = _storage().accounts[sender];
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
        Account storage account = _storage().accounts[msg.sender];
        require(account.deposit != 0 || account.escrow != 0, TicketBrokerNothingToUnlock(msg.sender));
        require(account.withdrawRound == 0, TicketBrokerUnlocking(msg.sender, account.withdrawRound));

        Windows windows = _begin();
        uint256 withdrawRound = windows.round() + windows.unlockPeriod();
        account.withdrawRound = withdrawRound.toUint32();
        emit UnlockStarted(msg.sender, withdrawRound);
    }

    /// @inheritdoc ITicketBroker
    function cancelUnlock() external {
        Account storage account = _storage().accounts[msg.sender];
        require(account.withdrawRound != 0, TicketBrokerLocked(msg.sender));

        account.withdrawRound = 0;
        emit UnlockCancelled(msg.sender);
    }

    /// @inheritdoc ITicketBroker
    function withdraw() external nonReentrant {
        Account memory account = _storage().accounts[msg.sender];
        require(account.withdrawRound != 0, TicketBrokerLocked(msg.sender));
        uint256 round = _begin().round();
        require(round >= account.withdrawRound, TicketBrokerWithdrawTooEarly(round, account.withdrawRound));

        _storage().accounts[msg.sender] = Account(0, 0, 0, account.departures + 1);
        emit Withdrawn(msg.sender, account.deposit, account.escrow);

        // Interactions
        Address.sendValue(payable(msg.sender), uint256(account.deposit) + account.escrow);
    }

    // --- Fees ---

    /// @inheritdoc ITicketBroker
    function pullFees(
        address recipient,
        uint256 fromRound
    ) external onlyBondingManager returns (uint256 round, uint256 amount) {
        bool found;
        (found, round) = _oldestFees(recipient, fromRound, _begin());
        if (!found) return (round, 0);

        TicketBrokerStorage storage $ = _storage();
        amount = uint96($.booked[recipient][round]);
        delete $.booked[recipient][round];
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
        Windows windows = _begin();
        Parameters memory old = _parametersOf(windows);
        uint256 previous = windows.previousTicketValidity();
        uint256 round = windows.round();

        uint256 longest = Math.max(windows.longestValidity(), newParameters.ticketValidity);
        uint256 shortest = Math.min(old.unlockPeriod, newParameters.unlockPeriod);
        require(shortest > longest + 1, TicketBrokerUnlockPeriodTooShort(shortest, longest + 1));

        if (newParameters.ticketValidity != old.ticketValidity) {
            if (windows.validityRound() != 0) {
                uint256 needRound = windows.validityRound() + Math.max(old.ticketValidity, previous);
                require(round >= needRound, TicketBrokerValidityChangedRecently(round, needRound));
            }
            windows = windows.withValidityFrom(round + 1);
        }
        windows = windows.withParameters(newParameters);
        _storage().windows = windows;
        emit ParametersChanged(old, newParameters, windows.validityRound());
    }

    // --- Views ---

    /// @inheritdoc ITicketBroker
    function getSender(address sender) external view returns (Sender memory) {
        Account memory account = _storage().accounts[sender];
        return Sender(account.deposit, account.escrow, account.withdrawRound);
    }

    /// @inheritdoc ITicketBroker
    function longestValidity() external view returns (uint256) {
        return _present().longestValidity();
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
        return _parametersOf(_storage().windows);
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
        return (0x0f, Tickets.NAME, Domains.VERSION, block.chainid, address(this), 0, new uint256[](0));
    }

    // --- Internals ---

    /// @dev The oldest closed round with fees, from `fromRound` on; where there is none, the round up to which that is certain.
    function _oldestFees(
        address recipient,
        uint256 fromRound,
        Windows windows
    ) private view returns (bool found, uint256 round) {
        uint256 open = windows.firstOpenRound();
        round = Math.max(fromRound, windows.firstRound());
        mapping(uint256 => uint256) storage words = _storage().feeRounds[recipient];
        for (uint256 i = 0; i < SEARCHED_WORDS && round < open; ++i) {
            uint256 bits = words[round >> 8] >> (round & 0xff);
            if (bits != 0) {
                round += Math.log2(bits & (~bits + 1));
                return round < open ? (true, round) : (false, open);
            }
            round = ((round >> 8) + 1) << 8;
        }
        return (false, Math.min(round, open));
    }

    function _parametersOf(Windows windows) private pure returns (Parameters memory) {
        return
            Parameters(
                uint32(windows.ticketValidity()),
                uint32(windows.unlockPeriod()),
                uint32(windows.curingPeriod())
            );
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
        require(
            p.curingPeriod >= MIN_CURING_PERIOD && p.curingPeriod <= p.ticketValidity,
            TicketBrokerCuringPeriodOutOfBounds(p.curingPeriod, MIN_CURING_PERIOD, p.ticketValidity)
        );
        uint256 notice = IBondingLedger(BONDING_MANAGER).shortestNotice();
        require(p.ticketValidity < notice, TicketBrokerValidityNotBelowNotice(p.ticketValidity, notice));
    }
}

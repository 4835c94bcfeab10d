// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Tickets} from "../libraries/Tickets.sol";
import {Redemption} from "./Redemption.sol";
import {Windows} from "./Windows.sol";

/// @title Defaults
/// @notice Winners that could not be paid when they were presented, and what that costs their sender (P4).
abstract contract Defaults is Redemption {
    /// @inheritdoc ITicketBroker
    function claimDefault(bytes32 payer, bytes32 terms, uint256 recipientRand, bytes32 r, bytes32 vs) external {
        Purse memory purse = _beginRedemption();
        _turnToPayer(purse, payer);
        bytes memory failure = _present(purse, _winnerOf(terms, recipientRand, r, vs), true);
        if (failure.length != 0) _revertWith(failure);

        uint256 creationRound = purse.creationRound;
        uint256 index = purse.commitmentIndex;
        uint256 curingRound = _curingRoundOf(purse.windows, creationRound);
        _storeFees(purse);
        _storage().debts[msg.sender][creationRound][index] = Debt(
            purse.sender,
            uint96(purse.faceValue),
            uint32(curingRound),
            _storage().accounts[purse.sender].departures,
            false
        );
        emit DefaultClaimed(purse.sender, msg.sender, purse.faceValue, creationRound, index, curingRound);
    }

    /// @inheritdoc ITicketBroker
    function settleDefault(address recipient, uint256 creationRound, uint256 commitmentIndex) external {
        Debt memory debt = _debtOf(recipient, creationRound, commitmentIndex);
        Purse memory purse = _openPurse(recipient);
        uint256 lastRound = purse.windows.lastRoundOf(creationRound);
        require(purse.windows.round() <= lastRound, TicketBrokerTicketExpired(purse.windows.round(), lastRound));
        _turnToPayer(purse, Tickets.payerOf(debt.sender, debt.faceValue));
        _turnToRound(purse, creationRound);
        delete _storage().debts[recipient][creationRound][commitmentIndex];
        // Its commitment was closed when it was claimed.
        require(_pay(purse), TicketBrokerInsufficientFunds(purse.deposit + purse.allocation, debt.faceValue));
        _storeFunds(purse);
        _storeFees(purse);
        emit DefaultSettled(debt.sender, recipient, debt.faceValue, creationRound, commitmentIndex);
    }

    /// @inheritdoc ITicketBroker
    function forfeitEscrow(address recipient, uint256 creationRound, uint256 commitmentIndex) external nonReentrant {
        Debt memory debt = _debtOf(recipient, creationRound, commitmentIndex);
        uint256 round = _begin().round();
        require(round > debt.curingRound, TicketBrokerCuring(round, uint256(debt.curingRound) + 1));
        Account storage account = _storage().accounts[debt.sender];
        uint256 amount = account.escrow;
        require(amount != 0 && account.departures == debt.departures, TicketBrokerNothingToForfeit(debt.sender));

        account.escrow = 0;
        ++account.departures;
        _storage().debts[recipient][creationRound][commitmentIndex].forfeited = true;
        emit EscrowForfeited(debt.sender, recipient, amount, creationRound, commitmentIndex);

        // Interactions
        Address.sendValue(payable(TREASURY), amount);
    }

    // --- Views ---

    /// @inheritdoc ITicketBroker
    function defaultOf(
        address recipient,
        uint256 creationRound,
        uint256 commitmentIndex
    ) external view returns (Default memory) {
        Debt memory debt = _storage().debts[recipient][creationRound][commitmentIndex];
        return Default(debt.sender, debt.faceValue, debt.curingRound, debt.forfeited);
    }

    // --- Internals ---

    function _debtOf(
        address recipient,
        uint256 creationRound,
        uint256 commitmentIndex
    ) private view returns (Debt memory debt) {
        debt = _storage().debts[recipient][creationRound][commitmentIndex];
        require(debt.sender != address(0), TicketBrokerNoDefault(recipient, creationRound, commitmentIndex));
    }

    /// @dev {round} Of a default that is claimed now. It can be settled until then, and still before the ticket dies.
    function _curingRoundOf(Windows windows, uint256 creationRound) private pure returns (uint256) {
        uint256 period = windows.curingPeriod();
        uint256 last = Math.saturatingSub(windows.lastRoundOf(creationRound), period);
        require(windows.round() <= last, TicketBrokerDefaultTooLate(windows.round(), last));
        return windows.round() + period;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tickets} from "../libraries/Tickets.sol";
import {TicketState} from "./TicketState.sol";
import {Windows} from "./Windows.sol";

/// @title Purses
/// @notice What tickets are paid from and booked into, in memory: each slot is read once and written once, however many tickets there are.
abstract contract Purses is TicketState {
    struct Purse {
        /// @dev The ticket at hand, as EIP-712 encodes it: the first nine words are hashed where they lie. So much of it stays the same in a batch.
        bytes32 typehash;
        address recipient;
        address sender;
        uint256 faceValue;
        uint256 winProb;
        uint256 salt;
        bytes32 commitment;
        uint256 commitmentIndex;
        /// @dev {round} Also of `booked`.
        uint256 creationRound;
        bytes32 separator;
        /// @dev The fees of the round, with its first commitments.
        uint256 booked;
        Windows windows;
        /// @dev {wei ETH} The sender's.
        uint256 deposit;
        uint256 allocation;
        /// @dev Whether the allocation was looked up: only where the deposit is too low.
        bool allocationKnown;
    }

    uint256 private constant NO_ROUND = type(uint256).max;

    // --- Internals ---

    function _openPurse(address recipient) internal returns (Purse memory purse) {
        purse.windows = _begin();
        purse.recipient = recipient;
        purse.creationRound = NO_ROUND;
    }

    /// @dev Turns to the tickets of another payer.
    function _turnToPayer(Purse memory purse, bytes32 payer) internal view {
        purse.sender = Tickets.senderOf(payer);
        purse.faceValue = Tickets.faceValueOf(payer);
        purse.deposit = _storage().accounts[purse.sender].deposit;
        purse.allocationKnown = false;
    }

    /// @dev Turns to the fees of another round.
    function _turnToRound(Purse memory purse, uint256 creationRound) internal {
        _storeFees(purse);
        purse.creationRound = creationRound;
        purse.booked = _storage().booked[purse.recipient][creationRound];
    }

    /// @dev EIP-712 digest of the ticket at hand.
    function _digestOf(Purse memory purse) internal pure returns (bytes32 digest) {
        bytes32 separator = purse.separator;
        assembly ("memory-safe") {
            let structHash := keccak256(purse, 0x120)
            let data := mload(0x40)
            mstore(data, hex"1901")
            mstore(add(data, 0x02), separator)
            mstore(add(data, 0x22), structHash)
            digest := keccak256(data, 0x42)
        }
    }

    function _storeFees(Purse memory purse) internal {
        uint256 round = purse.creationRound;
        if (round == NO_ROUND) return;

        TicketBrokerStorage storage $ = _storage();
        uint256 next = purse.booked;
        uint256 before = $.booked[purse.recipient][round];
        if (next == before) return;
        $.booked[purse.recipient][round] = next;
        if (uint96(before) == 0 && uint96(next) != 0) {
            $.feeRounds[purse.recipient][round >> 8] |= 1 << (round & 0xff);
        }
    }

    function _storeFunds(Purse memory purse) internal {
        _storage().accounts[purse.sender].deposit = uint96(purse.deposit);
        if (!purse.allocationKnown) return;

        Allocation storage allocation = _storage().allocations[purse.sender][purse.recipient];
        allocation.amount = uint96(purse.allocation);
        // What tickets have taken cannot leave.
        if (allocation.leaving > purse.allocation) allocation.leaving = uint96(purse.allocation);
        if (allocation.leaving == 0) allocation.releaseRound = 0;
    }

    /// @dev {wei ETH} Deposit and allocation.
    function _allFunds(Purse memory purse) internal view returns (uint256) {
        if (!purse.allocationKnown) {
            purse.allocation = _storage().allocations[purse.sender][purse.recipient].amount;
            purse.allocationKnown = true;
        }
        return purse.deposit + purse.allocation;
    }

    /// @dev Moves the face value to the fees of the round, or says that it is not there.
    function _pay(Purse memory purse) internal view returns (bool) {
        uint256 amount = purse.faceValue;
        uint256 deposit = purse.deposit;
        unchecked {
            if (amount <= deposit) {
                purse.deposit = deposit - amount;
            } else {
                uint256 funds = _allFunds(purse);
                if (amount > funds) return false;
                (purse.deposit, purse.allocation) = (0, funds - amount);
            }
            purse.booked += amount;
        }
        return true;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITicketBroker} from "../../contracts/interfaces/ITicketBroker.sol";
import {Counted} from "./Counted.sol";
import {Protocol} from "./Protocol.sol";
import {VM} from "./IVm.sol";

/// @notice Every action on the broker goes through here. Its refusal must have a name, and nothing may shrink that it does not name.
abstract contract BrokerBooks is Protocol, Counted {
    /// @dev What an action may shrink: of which sender, for which recipient; `ALL` = of any.
    struct Leave {
        uint256 sender;
        uint256 recipient;
        bool funds;
        bool escrow;
        /// @dev {wei ETH} Of the allocation, beside what tickets take.
        uint256 released;
    }

    /// @dev {wei ETH}
    struct Sight {
        uint256[3] deposits;
        uint256[3] escrows;
        uint256[2][3] allocations;
        uint256 balance;
        uint256 treasury;
    }

    /// @dev A round with fees of a recipient.
    struct Booking {
        address recipient;
        uint256 round;
    }

    uint256 internal constant SENDERS = 3;
    uint256 internal constant RECIPIENTS = 2;
    uint256 internal constant ALL = type(uint256).max;

    address[SENDERS] public senders;
    address[RECIPIENTS] public recipients;

    /// @notice {wei ETH} All that ever came in, and went out.
    uint256 public paidIn;
    uint256 public paidOut;
    /// @notice {wei ETH} Handed over and not paid yet.
    uint256 public handedOver;

    Booking[] private _bookings;
    mapping(address recipient => mapping(uint256 round => bool)) private _booked;

    /// @notice Something fell {wei ETH} that the action does not name, or by more than it may.
    error Shrunk(bytes4 action, uint256 sender, uint256 recipient, uint256 before, uint256 left);
    /// @notice More or less moved than the action says {wei ETH}.
    error WrongAmount(bytes4 action, uint256 have, uint256 want);

    // --- Views ---

    /// @notice {wei ETH} What the contract owes to anyone.
    function owed() external view returns (uint256 sum) {
        Sight memory sight = _look();
        for (uint256 i = 0; i < SENDERS; ++i) {
            sum += sight.deposits[i] + sight.escrows[i];
            for (uint256 j = 0; j < RECIPIENTS; ++j) sum += sight.allocations[i][j];
        }
        for (uint256 i = 0; i < _bookings.length; ++i) sum += BROKER.feesOf(_bookings[i].recipient, _bookings[i].round);
        sum += handedOver;
    }

    // --- Acting ---

    /// @dev Calls the broker as `actor`; `taken` {wei ETH} is by how much deposits and allocations shrank.
    function _act(
        address actor,
        uint256 value,
        bytes memory data,
        Leave memory allowed
    ) internal returns (bool success, bytes memory answer, uint256 taken) {
        Sight memory sight = _look();
        VM.deal(actor, actor.balance + value);
        VM.prank(actor);
        (success, answer) = address(BROKER).call{value: value}(data); // solhint-disable-line avoid-low-level-calls
        _count(success, answer);
        taken = _compare(sight, _look(), allowed, success);
        if (success) paidIn += value;
    }

    /// @dev Nothing may shrink.
    function _add(address actor, uint256 value, bytes memory data) internal returns (bool success) {
        (success, , ) = _act(actor, value, data, Leave(ALL, ALL, false, false, 0));
    }

    function _noteBooking(address recipient, uint256 round) internal {
        if (_booked[recipient][round]) return;
        _booked[recipient][round] = true;
        _bookings.push(Booking(recipient, round));
    }

    function _requireAmount(uint256 have, uint256 want) internal pure {
        if (have != want) revert WrongAmount(msg.sig, have, want);
    }

    // --- Looking ---

    function _look() private view returns (Sight memory sight) {
        for (uint256 i = 0; i < SENDERS; ++i) {
            ITicketBroker.Sender memory sender = BROKER.getSender(senders[i]);
            (sight.deposits[i], sight.escrows[i]) = (sender.deposit, sender.escrow);
            for (uint256 j = 0; j < RECIPIENTS; ++j) {
                sight.allocations[i][j] = BROKER.allocationOf(senders[i], recipients[j]).amount;
            }
        }
        sight.balance = address(BROKER).balance;
        sight.treasury = address(TREASURY).balance;
    }

    /// @dev P3, P4: what shrinks, and where escrow goes that leaves without its owner.
    function _compare(
        Sight memory a,
        Sight memory b,
        Leave memory allowed,
        bool success
    ) private pure returns (uint256 taken) {
        for (uint256 i = 0; i < SENDERS; ++i) {
            bool named = success && (allowed.sender == ALL || allowed.sender == i);
            if (b.deposits[i] < a.deposits[i]) {
                if (!named || !allowed.funds) revert Shrunk(msg.sig, i, ALL, a.deposits[i], b.deposits[i]);
                taken += a.deposits[i] - b.deposits[i];
            }
            if (b.escrows[i] < a.escrows[i] && (!named || !allowed.escrow || b.escrows[i] != 0)) {
                revert Shrunk(msg.sig, i, ALL, a.escrows[i], b.escrows[i]);
            }
            for (uint256 j = 0; j < RECIPIENTS; ++j) {
                (uint256 before, uint256 left) = (a.allocations[i][j], b.allocations[i][j]);
                if (left >= before) continue;
                bool may = named && allowed.recipient == j;
                if (!may || (!allowed.funds && before - left > allowed.released)) {
                    revert Shrunk(msg.sig, i, j, before, left);
                }
                if (allowed.funds) taken += before - left;
            }
        }
    }
}

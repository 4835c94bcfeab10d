// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Tickets} from "../libraries/Tickets.sol";
import {Purses} from "./Purses.sol";
import {Signers} from "./Signers.sol";
import {Windows} from "./Windows.sol";

/// @title Redemption
/// @notice Judges tickets and pays winners. One code path serves one ticket and a batch: errors are data until the caller decides.
abstract contract Redemption is Purses, Signers {
    /// @inheritdoc ITicketBroker
    function redeem(bytes32 payer, bytes32 terms, uint256 recipientRand, bytes32 r, bytes32 vs) external {
        Purse memory purse = _beginRedemption();
        _turnToPayer(purse, payer);
        bytes memory failure = _present(purse, _winnerOf(terms, recipientRand, r, vs), false);
        if (failure.length != 0) _revertWith(failure);

        _storeFunds(purse);
        _storeFees(purse);
        emit TicketRedeemed(purse.sender, msg.sender, purse.faceValue, purse.creationRound, purse.commitmentIndex);
    }

    /// @inheritdoc ITicketBroker
    function redeemBatch(Batch[] calldata batches) external returns (uint256 paid) {
        Purse memory purse = _beginRedemption();
        for (uint256 i = 0; i < batches.length; ++i) {
            _turnToPayer(purse, batches[i].payer);
            paid += _redeemAll(purse, batches[i].winners);
        }
        _storeFees(purse);
    }

    // --- Internals ---

    function _beginRedemption() internal returns (Purse memory purse) {
        purse = _openPurse(msg.sender);
        purse.typehash = Tickets.TICKET_TYPEHASH;
        purse.separator = Tickets.domainSeparator(address(this));
    }

    /// @dev The arguments of a call with one ticket: after its payer, they lie in the calldata as in a {Winner}.
    function _winnerOf(bytes32, uint256, bytes32, bytes32) internal pure returns (Winner calldata winner) {
        assembly ("memory-safe") {
            winner := 0x24
        }
    }

    /// @dev Judges a ticket; if it is valid and wins, closes its commitment, and pays it out of the purse. Or changes nothing and returns the encoded error. The checks stand in
    /// the order of their price.
    /// @param asDefault Whether it is presented because it cannot be paid, and is an error if it can.
    function _present(
        Purse memory purse,
        Winner calldata winner,
        bool asDefault
    ) internal returns (bytes memory failure) {
        bytes32 terms = winner.terms;
        uint256 creationRound = Tickets.creationRoundOf(terms);
        if (creationRound != purse.creationRound) {
            failure = _checkRound(purse.windows, creationRound);
            if (failure.length != 0) return failure;
            _turnToRound(purse, creationRound);
        }
        uint256 index = Tickets.commitmentIndexOf(terms);
        uint256 bit = _bitOf(index);
        if (bit == 0 ? _isFurtherClosed(msg.sender, creationRound, index) : purse.booked & bit != 0) {
            return abi.encodeWithSelector(TicketBrokerCommitmentClosed.selector, msg.sender, creationRound, index);
        }
        purse.commitmentIndex = index;
        purse.winProb = Tickets.winProbOf(terms);
        purse.salt = Tickets.saltOf(terms);
        purse.commitment = Tickets.commitmentTo(winner.recipientRand);
        bytes32 digest = _digestOf(purse);
        uint256 drawn = Tickets.draw(digest, winner.recipientRand);
        if (drawn >= purse.winProb) {
            return abi.encodeWithSelector(TicketBrokerTicketLost.selector, drawn, purse.winProb);
        }
        address signer = Tickets.signerOf(digest, winner.r, winner.vs);
        uint256 use = 0;
        if (signer != purse.sender || signer == address(0)) {
            (failure, use) = _checkKey(purse, digest, signer);
            if (use == 0) return failure;
        }
        if (asDefault) {
            uint256 have = _allFunds(purse);
            if (have >= purse.faceValue) {
                return abi.encodeWithSelector(TicketBrokerNotInDefault.selector, have, purse.faceValue);
            }
        } else if (!_pay(purse)) {
            uint256 have = _allFunds(purse);
            return abi.encodeWithSelector(TicketBrokerInsufficientFunds.selector, have, purse.faceValue);
        }

        if (bit != 0) purse.booked |= bit;
        else _storage().closed[msg.sender][creationRound][index >> 8] |= 1 << (index & 0xff);
        // The sum stays at or below the cap.
        if (use != 0) _storage().uses[purse.sender][signer][creationRound] = use + purse.faceValue;
    }

    /// @dev The error as it would have been without this code.
    function _revertWith(bytes memory failure) internal pure {
        assembly ("memory-safe") {
            revert(add(failure, 0x20), mload(failure))
        }
    }

    /// @dev Returns how many were paid.
    function _redeemAll(Purse memory purse, Winner[] calldata winners) private returns (uint256 paid) {
        uint256 count = winners.length;
        // The event's data as they are encoded: three words, then one for each ticket.
        uint256[] memory data = new uint256[](count + 3);
        for (uint256 i = 0; i < count; ++i) {
            Winner calldata winner;
            // Four words each. All of them lie in the calldata, or there would be no such argument.
            assembly ("memory-safe") {
                winner := add(winners.offset, mul(i, 0x80))
            }
            bytes memory failure = _present(purse, winner, false);
            if (failure.length == 0) {
                uint256 ticket = (purse.creationRound << 32) | purse.commitmentIndex;
                assembly ("memory-safe") {
                    mstore(add(add(data, 0x80), mul(paid, 0x20)), ticket)
                    paid := add(paid, 1)
                }
                continue;
            }
            bytes32 terms = winner.terms;
            emit TicketSkipped(
                purse.sender,
                msg.sender,
                Tickets.creationRoundOf(terms),
                Tickets.commitmentIndexOf(terms),
                failure
            );
        }
        if (paid == 0) return 0;

        _storeFunds(purse);
        (data[0], data[1], data[2]) = (purse.faceValue, 0x40, paid);
        bytes32 topic = TicketsRedeemed.selector;
        address sender = purse.sender;
        assembly ("memory-safe") {
            log3(add(data, 0x20), mul(add(paid, 3), 0x20), topic, sender, caller())
        }
    }

    /// @dev What is wrong with the round of a ticket.
    function _checkRound(Windows windows, uint256 creationRound) private pure returns (bytes memory failure) {
        uint256 round = windows.round();
        if (creationRound > round) {
            return abi.encodeWithSelector(TicketBrokerTicketFromFuture.selector, round, creationRound);
        }
        uint256 lastRound = windows.lastRoundOf(creationRound);
        if (round > lastRound) {
            return abi.encodeWithSelector(TicketBrokerTicketExpired.selector, round, lastRound);
        }
    }

    /// @dev The use of the hot key that signed, which is not 0, or the encoded error.
    function _checkKey(
        Purse memory purse,
        bytes32 digest,
        address signer
    ) private view returns (bytes memory failure, uint256 use) {
        if (signer != address(0)) use = _useOf(purse.sender, signer, purse.creationRound);
        if (use == 0) {
            return (abi.encodeWithSelector(TicketBrokerInvalidSignature.selector, purse.sender, signer, digest), 0);
        }
        uint256 cap = _capOf(use);
        uint256 need = _spentOf(use) + purse.faceValue;
        if (need > cap) return (abi.encodeWithSelector(TicketBrokerSignerCapExceeded.selector, signer, cap, need), 0);
    }
}

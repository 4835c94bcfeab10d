// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {Tickets} from "../libraries/Tickets.sol";
import {Signers} from "./Signers.sol";
import {Windows} from "./Windows.sol";

/// @title Redemption
/// @notice Judges tickets and pays winners. One code path serves one ticket and a batch: errors are data until the caller decides.
abstract contract Redemption is Signers {
    /// @dev Of whose tickets for whom this is, and what is there to pay them: read once, written once.
    struct Purse {
        Windows windows;
        bytes32 separator;
        bytes32 payer;
        address sender;
        address recipient;
        uint256 faceValue;
        /// @dev {wei ETH}
        uint256 deposit;
        uint256 allocation;
        /// @dev Whether the allocation was looked up: only where the deposit is too low.
        bool allocationKnown;
        /// @dev The hot key of the ticket at hand, and its use; 0 = the sender signed itself.
        address key;
        uint256 use;
    }

    /// @inheritdoc ITicketBroker
    function redeem(bytes32 payer, bytes32 terms, uint256 recipientRand, bytes32 r, bytes32 vs) external {
        Purse memory purse = _openPurse();
        _lookInto(purse, payer);
        bytes memory failure = _redeem(purse, terms, recipientRand, r, vs);
        if (failure.length != 0) _revertWith(failure);

        _closePurse(purse);
        emit TicketRedeemed(
            purse.sender,
            msg.sender,
            purse.faceValue,
            Tickets.creationRoundOf(terms),
            Tickets.commitmentIndexOf(terms)
        );
    }

    /// @inheritdoc ITicketBroker
    function redeemBatch(Batch[] calldata batches) external returns (uint256 paid) {
        Purse memory purse = _openPurse();
        for (uint256 i = 0; i < batches.length; ++i) {
            _lookInto(purse, batches[i].payer);
            paid += _redeemAll(purse, batches[i].winners);
        }
    }

    // --- Internals ---

    function _openPurse() internal returns (Purse memory purse) {
        purse.windows = _begin();
        purse.separator = Tickets.domainSeparator(address(this));
        purse.recipient = msg.sender;
    }

    function _lookInto(Purse memory purse, bytes32 payer) internal view {
        purse.payer = payer;
        purse.sender = Tickets.senderOf(payer);
        purse.faceValue = Tickets.faceValueOf(payer);
        purse.deposit = _storage().accounts[purse.sender].deposit;
        purse.allocationKnown = false;
    }

    function _closePurse(Purse memory purse) internal {
        _storage().accounts[purse.sender].deposit = uint96(purse.deposit);
        if (!purse.allocationKnown) return;

        Allocation storage allocation = _storage().allocations[purse.sender][purse.recipient];
        allocation.amount = uint96(purse.allocation);
        // What tickets have taken cannot leave.
        if (allocation.leaving > purse.allocation) allocation.leaving = uint96(purse.allocation);
        if (allocation.leaving == 0) allocation.releaseRound = 0;
    }

    /// @dev {wei ETH} What is there for one more ticket: the deposit, and the allocation where that is not enough.
    function _fundsFor(Purse memory purse) internal view returns (uint256) {
        return purse.deposit < purse.faceValue ? _allFunds(purse) : purse.deposit;
    }

    /// @dev {wei ETH} Deposit and allocation.
    function _allFunds(Purse memory purse) internal view returns (uint256) {
        if (!purse.allocationKnown) {
            purse.allocation = _storage().allocations[purse.sender][purse.recipient].amount;
            purse.allocationKnown = true;
        }
        return purse.deposit + purse.allocation;
    }

    /// @dev Takes the face value, which is there.
    function _take(Purse memory purse) internal pure {
        uint256 fromDeposit = Math.min(purse.deposit, purse.faceValue);
        purse.deposit -= fromDeposit;
        purse.allocation -= purse.faceValue - fromDeposit;
    }

    /// @dev Counts the ticket at hand against the cap of the key that signed it.
    function _countUse(Purse memory purse, uint256 creationRound) internal {
        if (purse.key == address(0)) return;
        // The sum stays at or below the cap.
        _storage().uses[purse.sender][purse.key][creationRound] = purse.use + purse.faceValue;
    }

    /// @dev All that makes a ticket valid and winning, but for the funds: the encoded error, or nothing. The checks stand in the order of their price.
    function _check(
        Purse memory purse,
        bytes32 terms,
        uint256 recipientRand,
        bytes32 r,
        bytes32 vs
    ) internal view returns (bytes memory) {
        uint256 creationRound = Tickets.creationRoundOf(terms);
        uint256 index = Tickets.commitmentIndexOf(terms);
        uint256 round = purse.windows.round();
        if (creationRound > round) {
            return abi.encodeWithSelector(TicketBrokerTicketFromFuture.selector, round, creationRound);
        }
        uint256 lastRound = purse.windows.lastRoundOf(creationRound);
        if (round > lastRound) {
            return abi.encodeWithSelector(TicketBrokerTicketExpired.selector, round, lastRound);
        }
        if (_isClosed(purse.recipient, creationRound, index)) {
            return
                abi.encodeWithSelector(
                    TicketBrokerCommitmentClosed.selector,
                    purse.recipient,
                    creationRound,
                    index
                );
        }
        bytes32 digest = Tickets.digestOf(
            purse.separator,
            purse.recipient,
            purse.payer,
            terms,
            Tickets.commitmentTo(recipientRand)
        );
        uint256 drawn = Tickets.draw(digest, recipientRand);
        uint256 winProb = Tickets.winProbOf(terms);
        if (drawn >= winProb) return abi.encodeWithSelector(TicketBrokerTicketLost.selector, drawn, winProb);
        return _checkSigner(purse, creationRound, digest, Tickets.signerOf(digest, r, vs));
    }

    /// @dev The error as it would have been without this code.
    function _revertWith(bytes memory failure) internal pure {
        assembly ("memory-safe") {
            revert(add(failure, 0x20), mload(failure))
        }
    }

    /// @dev Returns how many were paid.
    function _redeemAll(Purse memory purse, Winner[] calldata winners) private returns (uint256 paid) {
        uint256[] memory tickets = new uint256[](winners.length);
        for (uint256 i = 0; i < winners.length; ++i) {
            Winner calldata winner = winners[i];
            bytes32 terms = winner.terms;
            bytes memory failure = _redeem(purse, terms, winner.recipientRand, winner.r, winner.vs);
            uint256 creationRound = Tickets.creationRoundOf(terms);
            uint256 index = Tickets.commitmentIndexOf(terms);
            if (failure.length == 0) tickets[paid++] = (creationRound << 32) | index;
            else emit TicketSkipped(purse.sender, msg.sender, creationRound, index, failure);
        }
        if (paid == 0) return 0;

        _closePurse(purse);
        assembly ("memory-safe") {
            mstore(tickets, paid)
        }
        emit TicketsRedeemed(purse.sender, msg.sender, purse.faceValue, tickets);
    }

    /// @dev Pays the ticket out of the purse and returns nothing, or changes nothing and returns the encoded error.
    function _redeem(
        Purse memory purse,
        bytes32 terms,
        uint256 recipientRand,
        bytes32 r,
        bytes32 vs
    ) private returns (bytes memory failure) {
        failure = _check(purse, terms, recipientRand, r, vs);
        if (failure.length != 0) return failure;
        uint256 have = _fundsFor(purse);
        if (have < purse.faceValue) {
            return abi.encodeWithSelector(TicketBrokerInsufficientFunds.selector, have, purse.faceValue);
        }

        uint256 creationRound = Tickets.creationRoundOf(terms);
        _take(purse);
        _countUse(purse, creationRound);
        _book(purse.recipient, creationRound, Tickets.commitmentIndexOf(terms), purse.faceValue);
    }

    function _checkSigner(
        Purse memory purse,
        uint256 creationRound,
        bytes32 digest,
        address signer
    ) private view returns (bytes memory) {
        purse.key = address(0);
        if (signer == purse.sender && signer != address(0)) return "";
        uint256 use = signer == address(0) ? 0 : _useOf(purse.sender, signer, creationRound);
        if (use == 0) {
            return abi.encodeWithSelector(TicketBrokerInvalidSignature.selector, purse.sender, signer, digest);
        }
        uint256 cap = _capOf(use);
        uint256 need = _spentOf(use) + purse.faceValue;
        if (need > cap) return abi.encodeWithSelector(TicketBrokerSignerCapExceeded.selector, signer, cap, need);
        (purse.key, purse.use) = (signer, use);
        return "";
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDisputeGame} from "../interfaces/IDisputeGame.sol";
import {DisputeState} from "./DisputeState.sol";

/// @title Bonds
/// @notice What a dispute costs, and who pays it.
abstract contract Bonds is DisputeState {
    /// @notice {gas} Of one side's moves, that a bond pays for at the price cap. A side makes half of the moves.
    uint256 public constant BONDED_GAS = 2_000_000;

    /// @dev {gas} Of a transaction, for each byte of calldata that is not zero, and the least that such a byte costs altogether (EIP-7623).
    uint256 private constant TRANSACTION_GAS = 21_000;
    uint256 private constant BYTE_GAS = 16;
    uint256 private constant BYTE_FLOOR_GAS = 40;
    /// @dev {gas} With which a payment is made: enough for a wallet's contract, too little to be a nuisance.
    uint256 private constant PAYMENT_GAS = 50_000;
    /// @dev {gas} What a measurement does not see: the proxy before it, and after it storing a move, storing the end of a game, storing a new game, or paying two accounts.
    uint256 internal constant MOVING_GAS = 11_500;
    uint256 internal constant STORING_GAS = 6_000;
    uint256 internal constant STARTING_GAS = 46_000;
    uint256 internal constant PAYING_GAS = 40_000;

    // --- User actions ---

    /// @inheritdoc IDisputeGame
    function withdraw() external nonReentrant {
        uint256 amount = _storage().kept[msg.sender];
        require(amount != 0, DisputeGameNothingKept(msg.sender));
        _storage().kept[msg.sender] = 0;

        // Interactions
        (bool success, ) = msg.sender.call{value: amount}("");
        require(success, DisputeGameNotPaid(msg.sender, amount));
    }

    // --- Internals ---

    /// @dev {wei ETH} Of a challenge when none is open.
    function _baseBond(Parameters memory p) internal pure returns (uint256) {
        return BONDED_GAS * p.gasPriceCap * 1 gwei + p.penalty;
    }

    /// @dev {gwei ETH} What the call has cost that began with `gasAtStart`, rounded down, as if no byte of its data were zero.
    /// @param ahead {gas} What it will use still.
    /// @param priceCap {gwei/gas}
    function _costSince(uint256 gasAtStart, uint256 ahead, uint256 priceCap) internal view returns (uint64) {
        uint256 used = gasAtStart - gasleft() + ahead;
        uint256 length = msg.data.length;
        uint256 gas = TRANSACTION_GAS + Math.max(BYTE_GAS * length + used, BYTE_FLOOR_GAS * length);
        return uint64((gas * Math.min(block.basefee, priceCap * 1 gwei)) / 1 gwei);
    }

    /// @dev Pays `account` its own `bond`, and of what the other side has lost {wei ETH} what its moves have cost {gwei ETH}; the treasury gets the rest.
    function _payWinner(address account, uint256 bond, uint256 lost, uint256 costs) internal {
        uint256 refund = Math.min(lost, costs * 1 gwei);
        _send(account, bond + refund);
        _send(TREASURY, lost - refund);
    }

    /// @dev What is not taken is kept, so that nobody can stop what ends a dispute.
    function _send(address account, uint256 amount) internal {
        if (amount == 0) return;
        (bool success, ) = account.call{value: amount, gas: PAYMENT_GAS}("");
        if (success) return;
        _storage().kept[account] += amount;
        emit PaymentKept(account, amount);
    }
}

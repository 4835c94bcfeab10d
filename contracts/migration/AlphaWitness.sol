// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAlphaWitness} from "../interfaces/IAlphaWitness.sol";
import {AlphaMinter} from "./alpha/AlphaMinter.sol";

/// @title AlphaWitness
/// @dev Transient storage: what is noted is gone when the transaction ends, so nobody can prepare anything.
contract AlphaWitness is IAlphaWitness {
    /// @notice LPT.
    IERC20 public immutable TOKEN;
    /// @notice The alpha's, which holds everything at first.
    AlphaMinter public immutable MINTER;
    /// @notice The alpha's by its proxy, which holds the stake in the end.
    address public immutable BONDING_MANAGER;
    /// @notice {AlphaFunds}, which holds the ETH in the end.
    address public immutable FUNDS;

    /// @dev {wei LPT}
    uint256 private transient _supply;
    /// @dev {wei LPT}
    uint256 private transient _stake;
    /// @dev {wei ETH}
    uint256 private transient _ether;

    constructor(IERC20 token, AlphaMinter minter, address bondingManager, address funds) {
        (TOKEN, MINTER, BONDING_MANAGER, FUNDS) = (token, minter, bondingManager, funds);
    }

    /// @inheritdoc IAlphaWitness
    function begin(uint256 inflation) external {
        uint256 have = MINTER.inflation();
        require(have == inflation, AlphaWitnessInflationMoved(have, inflation));
        _supply = TOKEN.totalSupply();
        _stake = TOKEN.balanceOf(address(MINTER)) + TOKEN.balanceOf(FUNDS) + TOKEN.balanceOf(BONDING_MANAGER);
        _ether = address(MINTER).balance + FUNDS.balance;
    }

    /// @inheritdoc IAlphaWitness
    function verify() external view {
        uint256 have = TOKEN.totalSupply();
        // Without `begin` it is compared with nothing.
        require(have == _supply, AlphaWitnessSupplyDiffers(have, _supply));
        have = TOKEN.balanceOf(BONDING_MANAGER);
        require(have == _stake, AlphaWitnessStakeDiffers(have, _stake));
        have = FUNDS.balance;
        require(have == _ether, AlphaWitnessEtherDiffers(have, _ether));
    }
}

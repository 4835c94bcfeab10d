// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {AlphaManager} from "./AlphaManager.sol";
import {AlphaToken} from "./AlphaToken.sol";
import {IAlphaController} from "./IAlphaController.sol";
import {IAlphaMinter} from "./IAlphaMinter.sol";

/// @title AlphaMinter
/// @dev Not behind a proxy: a new one takes its place and what it holds.
contract AlphaMinter is IAlphaMinter, AlphaManager {
    /// @notice {1e6 = 1} One whole.
    uint256 public constant PERC_DIVISOR = 1_000_000;

    /// @notice {1e6 = 1} Of the supply, in this round.
    uint256 public inflation;
    /// @notice {1e6 = 1} By how much it moves in a round.
    uint256 public inflationChange;
    /// @notice {1e6 = 1} How much of the supply should be bonded.
    uint256 public targetBondingRate;
    /// @notice {wei LPT} In this round.
    uint256 public currentMintableTokens;
    uint256 public currentMintedTokens;

    /// @notice More than this round can mint {wei LPT}.
    /// @dev Reward once a round.
    error AlphaMinterExhausted(uint256 have, uint256 need);

    constructor(
        IAlphaController controller_,
        uint256 inflation_,
        uint256 inflationChange_,
        uint256 targetBondingRate_
    ) AlphaManager(controller_) {
        (inflation, inflationChange, targetBondingRate) = (inflation_, inflationChange_, targetBondingRate_);
    }

    /// @inheritdoc IAlphaMinter
    function setCurrentRewardTokens() external onlyContract(ROUNDS_MANAGER_ID) whenSystemNotPaused {
        uint256 supply = _token().totalSupply();
        uint256 rate = (_token().balanceOf(address(this)) * PERC_DIVISOR) / supply;
        if (rate < targetBondingRate) inflation += inflationChange;
        else if (rate > targetBondingRate) inflation -= inflation < inflationChange ? inflation : inflationChange;
        (currentMintableTokens, currentMintedTokens) = ((supply * inflation) / PERC_DIVISOR, 0);
    }

    /// @inheritdoc IAlphaMinter
    function createReward(
        uint256 stake,
        uint256 totalStake
    ) external onlyContract(BONDING_MANAGER_ID) whenSystemNotPaused returns (uint256 amount) {
        amount = (currentMintableTokens * stake) / totalStake;
        uint256 minted = currentMintedTokens + amount;
        require(minted <= currentMintableTokens, AlphaMinterExhausted(currentMintableTokens, minted));
        currentMintedTokens = minted;
        _token().mint(address(this), amount);
    }

    /// @inheritdoc IAlphaMinter
    function trustedTransferTokens(
        address to,
        uint256 amount
    ) external onlyContract(BONDING_MANAGER_ID) whenSystemNotPaused {
        _token().transfer(to, amount);
    }

    /// @inheritdoc IAlphaMinter
    function trustedWithdrawETH(address payable to, uint256 amount) external whenSystemNotPaused {
        if (msg.sender != controller.getContract(BONDING_MANAGER_ID))
            _requireCaller(controller.getContract(JOBS_MANAGER_ID));
        Address.sendValue(to, amount);
    }

    /// @inheritdoc IAlphaMinter
    function depositETH() external payable {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IAlphaMinter
    function migrateToNewMinter(address newMinter) external onlyControllerOwner whenSystemPaused {
        _token().transferOwnership(newMinter);
        _token().transfer(newMinter, _token().balanceOf(address(this)));
        IAlphaMinter(newMinter).depositETH{value: address(this).balance}();
    }

    function _token() private view returns (AlphaToken) {
        return AlphaToken(controller.getContract(TOKEN_ID));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {AlphaManager} from "./alpha/AlphaManager.sol";
import {AlphaRoundsState} from "./alpha/AlphaRoundsState.sol";
import {IAlphaController} from "./alpha/IAlphaController.sol";
import {AlphaPart} from "./AlphaPart.sol";

/// @title AlphaRounds
/// @notice In front of the RoundsManager behind the alpha's proxy: it starts the clock where the blocks have got to.
contract AlphaRounds is AlphaRoundsState, AlphaPart {
    using SafeCast for uint256;

    /// @notice Another start than the alpha's.
    /// @dev Call `initializeFromAlpha`.
    error AlphaRoundsOtherStart();

    /// @param next {RoundsManager}.
    constructor(address next) AlphaManager(IAlphaController(address(0))) AlphaPart(next) {} // solhint-disable-line no-empty-blocks

    // solhint-disable-next-line no-complex-fallback
    fallback() external override thenPassOn {
        require(msg.sig != IRoundsManager.initialize.selector, AlphaRoundsOtherStart());
    }

    /// @notice Starts with the alpha's present round, of which as much is over as in blocks, rounded down to seconds.
    /// @dev Who may call: the controller's owner, once.
    /// @param authority The AccessManager.
    /// @param roundLength_ {s}
    function initializeFromAlpha(address authority, uint64 roundLength_) external onlyControllerOwner {
        uint256 blocks = _roundBlocks;
        uint256 over = ((block.number % blocks) * roundLength_) / blocks;
        uint64 startTime = (block.timestamp - over).toUint64();
        uint64 startRound = (block.number / blocks).toUint64();
        Address.functionDelegateCall(
            NEXT,
            abi.encodeCall(IRoundsManager.initialize, (authority, roundLength_, startTime, startRound))
        );
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonding} from "../../contracts/interfaces/IBonding.sol";
import {IMinter} from "../../contracts/interfaces/IMinter.sol";
import {Counted} from "./Counted.sol";
import {Protocol} from "./Protocol.sol";
import {IVm, VM} from "./IVm.sol";

/// @notice Every action goes through here. It is counted, its refusal must have a name, and what it makes of somebody else's stake is compared with what was there before.
abstract contract Watched is Protocol, Counted {
    struct Lock {
        address owner;
        uint256 id;
        /// @dev {round} From which on it is to be paid, as it was when it was made.
        uint256 due;
    }

    /// @dev A bystander's stake, and a lock of anybody's.
    struct Sight {
        address account;
        address orchestrator;
        uint256 stake;
        Lock lock;
        IBonding.UnbondingLock held;
    }

    /// @dev {1} One part in so many of anybody's stake may be lost by the rounding of one action, and some wei.
    uint256 internal constant DUST_PART = 1e15;
    uint256 internal constant DUST = 10;

    address[] public orchestrators;
    /// @notice Orchestrators first.
    address[] public actors;
    /// @notice Locks that were not withdrawn or bonded again.
    Lock[] public locks;

    /// @notice {wei LPT} By {IMinter.Minted}.
    uint256 public minted;
    /// @notice {wei LPT}
    uint256 public burnt;
    /// @notice Stake {wei LPT} of a bystander fell.
    error BystanderLost(bytes4 action, address account, uint256 before, uint256 left, uint256 least);
    /// @notice A lock that nobody asked for has changed {round; wei LPT}.
    error LockMoved(bytes4 action, address owner, uint256 lockId, uint256 due, uint256 haveRound, uint256 least);

    function lockCount() external view returns (uint256) {
        return locks.length;
    }

    // --- Acting ---

    /// @dev Calls as `actor`, and looks at a bystander before and after.
    function _act(
        address actor,
        address target,
        bytes memory data
    ) internal returns (bool success, bytes memory answer) {
        return _act(actor, target, data, address(0), 0);
    }

    /// @param slashed Whose stake may fall, by `fraction` {1e18 = 1} at most.
    function _act(
        address actor,
        address target,
        bytes memory data,
        address slashed,
        uint256 fraction
    ) internal returns (bool success, bytes memory answer) {
        Sight memory sight = _look();
        VM.recordLogs();
        VM.prank(actor);
        (success, answer) = target.call(data); // solhint-disable-line avoid-low-level-calls
        _count(success, answer);
        _readLogs(success);
        _compare(sight, actor, slashed, fraction);
    }

    /// @dev Moves the clock, and looks at a bystander before and after.
    function _wait(uint256 timestamp) internal {
        Sight memory sight = _look();
        VM.warp(timestamp);
        _count(true, "");
        _compare(sight, address(0), address(0), 0);
    }

    /// @notice Has all rounds that are over mint.
    function settle() public {
        VM.recordLogs();
        BONDING.reward(orchestrators[0]);
        _readLogs(true);
    }

    /// @dev Events of a call that failed are recorded as well.
    function _readLogs(bool success) private {
        IVm.Log[] memory logs = VM.getRecordedLogs();
        if (!success) return;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(MINTER) || logs[i].topics[0] != IMinter.Minted.selector) continue;
            (, uint256 stakers, uint256 treasury, ) = abi.decode(logs[i].data, (uint256, uint256, uint256, uint256));
            minted += stakers + treasury;
        }
    }

    // --- Bystanders ---

    function _look() private view returns (Sight memory sight) {
        uint256 choice = uint256(keccak256(abi.encode(calls, msg.data)));
        sight.account = actors[choice % actors.length];
        (sight.orchestrator, sight.stake) = _stakeOf(sight.account);
        if (locks.length == 0) return sight;
        sight.lock = locks[(choice >> 128) % locks.length];
        sight.held = BONDING.getUnbondingLock(sight.lock.owner, sight.lock.id);
    }

    function _compare(Sight memory sight, address actor, address slashed, uint256 fraction) private view {
        if (sight.account != actor) {
            (, uint256 left) = _stakeOf(sight.account);
            uint256 least = _leastAfter(sight.stake, sight.orchestrator == slashed ? fraction : 0);
            if (left < least) revert BystanderLost(msg.sig, sight.account, sight.stake, left, least);
        }
        Lock memory lock = sight.lock;
        if (lock.due == 0 || lock.owner == actor) return;
        IBonding.UnbondingLock memory held = BONDING.getUnbondingLock(lock.owner, lock.id);
        uint256 leastHeld = _leastAfter(sight.held.amount, sight.held.orchestrator == slashed ? fraction : 0);
        if (held.withdrawRound != lock.due || held.amount < leastHeld) {
            revert LockMoved(msg.sig, lock.owner, lock.id, lock.due, held.withdrawRound, leastHeld);
        }
    }

    function _stakeOf(address account) private view returns (address orchestrator, uint256 stake) {
        IBonding.Delegator memory d = BONDING.getDelegator(account);
        return (d.orchestrator, d.stake + d.waiting);
    }

    function _leastAfter(uint256 amount, uint256 fraction) private pure returns (uint256) {
        uint256 kept = amount - (amount * fraction) / 1e18;
        uint256 dust = DUST + kept / DUST_PART;
        return kept > dust ? kept - dust : 0;
    }
}

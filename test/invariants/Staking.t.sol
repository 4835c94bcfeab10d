// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonding} from "../../contracts/interfaces/IBonding.sol";
import {IBondingManager} from "../../contracts/interfaces/IBondingManager.sol";
import {Counted} from "./Counted.sol";
import {Invariants} from "./Invariants.sol";
import {StakingHandler} from "./StakingHandler.sol";

/// @notice What holds after any sequence of the handler's actions. The handler itself looks at what must hold for each action.
contract StakingInvariants is Invariants {
    /// @dev {1} Every so many actions: the sums take longer than the actions.
    uint256 private constant INTERVAL = 25;
    /// @dev Pools round down one by one: one part in so many {1}, and some {wei LPT}.
    uint256 private constant DUST_PART = 1e15;
    uint256 private constant DUST = 1000;

    StakingHandler private _handler;

    /// @notice More is claimed than is held {wei}.
    error Insolvent(uint256 held, uint256 claimed);
    /// @notice A lock is to be paid in another round than was told {round}.
    error LockMoved(address owner, uint256 lockId, uint256 have, uint256 want);
    /// @notice There are more votes than there may be {wei LPT}.
    error TooManyVotes(uint256 have, uint256 most);

    function setUp() external {
        _handler = new StakingHandler();
    }

    // --- Invariants ---

    /// @dev One function for all, as the sequences take the time. S5 is looked at with each action and when everybody leaves.
    // solhint-disable-next-line func-name-mixedcase
    function invariant_S2_S5_S7_HoldAfterAnyActions() external {
        if (_handler.calls() % INTERVAL == 0) _check();
    }

    function afterInvariant() external {
        _check();
        _handler.letAllOut();
        _check();
    }

    /// @dev The invariants would hold as well if nothing ever happened.
    // solhint-disable-next-line func-name-mixedcase
    function test_EveryActionSucceedsNowAndThen() external {
        _actOften(1500);
        _check();
    }

    // --- Internals ---

    function _target() internal view override returns (Counted) {
        return _handler;
    }

    function _actions() internal pure override returns (bytes4[] memory) {
        bytes4[20] memory all = [
            StakingHandler.bond.selector,
            StakingHandler.unbond.selector,
            StakingHandler.unbondCommission.selector,
            StakingHandler.resign.selector,
            StakingHandler.rebond.selector,
            StakingHandler.withdrawStake.selector,
            StakingHandler.setCommission.selector,
            StakingHandler.reward.selector,
            StakingHandler.unjail.selector,
            StakingHandler.openDispute.selector,
            StakingHandler.slash.selector,
            StakingHandler.closeDispute.selector,
            StakingHandler.redeem.selector,
            StakingHandler.pullFees.selector,
            StakingHandler.withdrawFees.selector,
            StakingHandler.waitWithin.selector,
            StakingHandler.waitForBoundary.selector,
            StakingHandler.waitForRounds.selector,
            StakingHandler.setParameters.selector,
            StakingHandler.burn.selector
        ];
        bytes4[] memory actions = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) actions[i] = all[i];
        return actions;
    }

    function _check() private {
        _requireSame(_handler.TOKEN().totalSupply(), _handler.GENESIS() + _handler.minted() - _handler.burnt(), 0);
        _checkFees();
        _checkActive();
        _checkVotes();
        _checkLocks();
        // Last: it mints.
        _checkStake();
    }

    function _checkLocks() private view {
        IBondingManager bonding = _handler.BONDING();
        uint256 count = _handler.lockCount();
        for (uint256 i = 0; i < count; ++i) {
            (address owner, uint256 id, uint256 due) = _handler.locks(i);
            uint256 withdrawRound = bonding.getUnbondingLock(owner, id).withdrawRound;
            if (withdrawRound != due) revert LockMoved(owner, id, withdrawRound, due);
        }
    }

    function _checkStake() private {
        IBondingManager bonding = _handler.BONDING();
        _handler.settle();
        (uint256 stakers, ) = _handler.MINTER().settledMint();
        uint256 claimed = 0;
        for (uint256 i = 0; i < 12; ++i) {
            address actor = _handler.actors(i);
            IBonding.Delegator memory d = bonding.getDelegator(actor);
            claimed += d.stake + d.waiting + bonding.getOrchestrator(actor).commission;
        }
        uint256 count = _handler.lockCount();
        uint256 round = bonding.clock();
        uint256 early = 0;
        for (uint256 i = 0; i < count; ++i) {
            (address owner, uint256 id, ) = _handler.locks(i);
            IBonding.UnbondingLock memory lock = bonding.getUnbondingLock(owner, id);
            // Until the round ends, a commission that leaves is still counted as one.
            if (lock.round == round && lock.kind == IBonding.Kind.Commission) continue;
            claimed += lock.amount;
            // What leaves in this round is worth what it will be when the round ends.
            if (lock.round == round) early = stakers;
        }
        uint256 held = _handler.TOKEN().balanceOf(address(bonding)) + early;
        if (held < claimed) revert Insolvent(held, claimed);
    }

    function _checkFees() private view {
        IBondingManager bonding = _handler.BONDING();
        uint256 claimed = _handler.deposit() + _handler.feesPending();
        for (uint256 i = 0; i < 12; ++i) claimed += bonding.claimableFees(_handler.actors(i));
        uint256 held = address(_handler.BROKER()).balance;
        if (held < claimed) revert Insolvent(held, claimed);
    }

    function _checkActive() private view {
        IBondingManager bonding = _handler.BONDING();
        (uint256 active, uint256 next) = bonding.totalActiveStake();
        uint256 parts = 0;
        uint256 nextParts = 0;
        for (uint256 i = 0; i < 4; ++i) {
            IBonding.Orchestrator memory o = bonding.getOrchestrator(_handler.orchestrators(i));
            if (o.active) parts += o.totalStake;
            if (o.activeNext) nextParts += o.nextTotalStake;
        }
        uint256 dust = DUST + next / DUST_PART;
        if (active + dust < parts) revert SumsDiffer(active, parts);
        _requireSame(next, nextParts, dust);
    }

    function _checkVotes() private view {
        IBondingManager bonding = _handler.BONDING();
        uint256 round = bonding.clock() - 1;
        uint256 all = 0;
        for (uint256 i = 0; i < 4; ++i) {
            address orchestrator = _handler.orchestrators(i);
            uint256 votes = bonding.getPastVotes(orchestrator, round);
            uint256 parts = 0;
            for (uint256 j = 0; j < 12; ++j) {
                address actor = _handler.actors(j);
                if (bonding.getPastDelegate(actor, round) != orchestrator) continue;
                parts += bonding.getPastBalanceOf(actor, round);
            }
            if (parts > votes) revert TooManyVotes(parts, votes);
            all += votes;
        }
        uint256 supply = bonding.getPastTotalSupply(round);
        if (all > supply) revert TooManyVotes(all, supply);
    }

    function _requireSame(uint256 whole, uint256 parts, uint256 dust) private pure {
        if (whole + dust < parts || parts + dust < whole) revert SumsDiffer(whole, parts);
    }
}

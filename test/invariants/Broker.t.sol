// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerHandler} from "./BrokerHandler.sol";
import {Counted} from "./Counted.sol";
import {Invariants} from "./Invariants.sol";

/// @notice What holds after any sequence of the handler's actions. The handler itself looks at what must hold for each action.
contract BrokerInvariants is Invariants {
    BrokerHandler private _handler;

    function setUp() external {
        _handler = new BrokerHandler();
    }

    // --- Invariants ---

    /// @dev The handler looks at P1 to P5 with each action.
    // solhint-disable-next-line func-name-mixedcase
    function invariant_P1_P2_P3_P4_P5_S7_HoldAfterAnyTickets() external view {
        _check();
    }

    /// @dev The invariants would hold as well if nothing ever happened.
    // solhint-disable-next-line func-name-mixedcase
    function test_EveryTicketActionSucceedsNowAndThen() external {
        _actOften(4000);
        _check();
    }

    // --- Internals ---

    function _target() internal view override returns (Counted) {
        return _handler;
    }

    /// @dev Tickets come up more often: the other actions are about them.
    function _actions() internal pure override returns (bytes4[] memory) {
        bytes4[26] memory all = [
            BrokerHandler.fund.selector,
            BrokerHandler.fund.selector,
            BrokerHandler.fundAllocation.selector,
            BrokerHandler.reduceAllocation.selector,
            BrokerHandler.releaseAllocation.selector,
            BrokerHandler.authorizeSigner.selector,
            BrokerHandler.unlock.selector,
            BrokerHandler.cancelUnlock.selector,
            BrokerHandler.withdraw.selector,
            BrokerHandler.makeTicket.selector,
            BrokerHandler.makeTicket.selector,
            BrokerHandler.makeTicket.selector,
            BrokerHandler.redeem.selector,
            BrokerHandler.redeem.selector,
            BrokerHandler.redeemBatch.selector,
            BrokerHandler.claimDefault.selector,
            BrokerHandler.claimDefault.selector,
            BrokerHandler.settleDefault.selector,
            BrokerHandler.settleDefault.selector,
            BrokerHandler.forfeitEscrow.selector,
            BrokerHandler.pullFees.selector,
            BrokerHandler.payFees.selector,
            BrokerHandler.waitWithin.selector,
            BrokerHandler.waitForRounds.selector,
            BrokerHandler.setRoundLength.selector,
            BrokerHandler.setParameters.selector
        ];
        bytes4[] memory actions = new bytes4[](all.length);
        for (uint256 i = 0; i < all.length; ++i) actions[i] = all[i];
        return actions;
    }

    /// @dev To the wei.
    function _check() private view {
        uint256 held = address(_handler.BROKER()).balance;
        uint256 owed = _handler.owed();
        if (held != owed) revert SumsDiffer(held, owed);
        uint256 paidIn = _handler.paidIn();
        uint256 paidOut = _handler.paidOut();
        if (paidIn != paidOut + held) revert SumsDiffer(paidIn, paidOut + held);
    }
}

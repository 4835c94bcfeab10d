// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BrokerHandler} from "./BrokerHandler.sol";

/// @notice What holds after any sequence of the handler's actions. The handler itself looks at what must hold for each action.
contract BrokerInvariants {
    /// @notice Actions, as the test runner asks for them.
    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    /// @dev {1} Of each action, in the long run.
    uint256 private constant LEAST_SUCCESSES = 5;

    BrokerHandler private _handler;

    /// @notice What is held and what is owed {wei ETH} differ, or what came in and what is there or went out.
    error SumsDiffer(uint256 whole, uint256 parts);
    /// @notice An action was refused too often for the test to mean something {1}.
    error TooFewSuccesses(bytes4 action, uint256 have, uint256 least);

    function setUp() external {
        _handler = new BrokerHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _actions());
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
        bytes4[] memory actions = _actions();
        for (uint256 i = 0; i < 4000; ++i) {
            bytes32 seed = keccak256(abi.encode(i));
            bytes memory arguments = abi.encode(
                keccak256(abi.encode(seed, 1)),
                keccak256(abi.encode(seed, 2)),
                keccak256(abi.encode(seed, 3)),
                keccak256(abi.encode(seed, 4))
            );
            bytes4 action = actions[uint256(seed) % actions.length];
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, bytes memory answer) = address(_handler).call(bytes.concat(action, arguments));
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(answer, 0x20), mload(answer))
                }
            }
        }
        for (uint256 i = 0; i < actions.length; ++i) {
            uint256 successes = _handler.succeeded(actions[i]);
            if (successes < LEAST_SUCCESSES) revert TooFewSuccesses(actions[i], successes, LEAST_SUCCESSES);
        }
        _check();
    }

    // --- Internals ---

    /// @dev Tickets come up more often: the other actions are about them.
    function _actions() private pure returns (bytes4[] memory) {
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

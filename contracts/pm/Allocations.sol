// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {TicketState} from "./TicketState.sol";
import {Windows} from "./Windows.sol";

/// @title Allocations
/// @notice What broadcasters have set aside for one recipient each (P3).
abstract contract Allocations is TicketState {
    using SafeCast for uint256;

    /// @inheritdoc ITicketBroker
    function fundAllocation(address sender, address recipient) external payable whenNotPaused {
        require(sender != address(0), TicketBrokerZeroSender());
        require(recipient != address(0), TicketBrokerZeroAddress());
        require(msg.value != 0, TicketBrokerNothingFunded());

        Allocation storage allocation = _storage().allocations[sender][recipient];
        allocation.amount = (allocation.amount + msg.value).toUint96();
        emit AllocationFunded(sender, recipient, msg.sender, msg.value);
    }

    /// @inheritdoc ITicketBroker
    function reduceAllocation(address recipient, uint256 amount) external {
        Allocation storage allocation = _storage().allocations[msg.sender][recipient];
        require(amount <= allocation.amount, TicketBrokerAllocationTooSmall(allocation.amount, amount));

        uint256 releaseRound = 0;
        if (amount != 0) {
            Windows windows = _begin();
            releaseRound = windows.round() + windows.unlockPeriod();
        }
        allocation.leaving = uint96(amount);
        allocation.releaseRound = releaseRound.toUint32();
        emit AllocationReduced(msg.sender, recipient, amount, releaseRound);
    }

    /// @inheritdoc ITicketBroker
    function releaseAllocation(address sender, address recipient) external {
        TicketBrokerStorage storage $ = _storage();
        Allocation memory allocation = $.allocations[sender][recipient];
        require(allocation.releaseRound != 0, TicketBrokerNothingLeaving(sender, recipient));
        uint256 round = _begin().round();
        require(round >= allocation.releaseRound, TicketBrokerReleaseTooEarly(round, allocation.releaseRound));

        $.allocations[sender][recipient] = Allocation(allocation.amount - allocation.leaving, 0, 0);
        Account storage account = $.accounts[sender];
        account.deposit = (uint256(account.deposit) + allocation.leaving).toUint96();
        emit AllocationReleased(sender, recipient, allocation.leaving);
    }

    /// @inheritdoc ITicketBroker
    function allocationOf(address sender, address recipient) external view returns (Allocation memory) {
        return _storage().allocations[sender][recipient];
    }
}

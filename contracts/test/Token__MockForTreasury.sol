// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A token from before ERC-20 was final: a transfer answers nothing, or, if it is told to fail, false.
contract TokenMockForTreasury {
    mapping(address holder => uint256) public received;
    bool public failing;

    function setFailing(bool failing_) external {
        failing = failing_;
    }

    function transfer(address to, uint256 amount) external {
        if (failing) {
            assembly ("memory-safe") {
                mstore(0x00, 0)
                return(0x00, 0x20)
            }
        }
        received[to] += amount;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A contract wallet as the TicketBroker meets it: it knows one digest, and can be made to misbehave.
contract WalletMockForTicketBroker is IERC1271 {
    bytes32 public approved;
    bool public greedy;

    function approve(bytes32 digest) external {
        approved = digest;
    }

    function setGreedy(bool greedy_) external {
        greedy = greedy_;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        if (greedy) {
            for (uint256 i = 0; i < type(uint256).max; ++i) digest = keccak256(abi.encode(digest));
        }
        return digest == approved ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

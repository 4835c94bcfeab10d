// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITreasury} from "../interfaces/ITreasury.sol";

/// @notice A receiver that asks for the same again while it is being paid.
contract ReentrantMockForTreasury {
    bytes public lastRevert;

    receive() external payable {
        try ITreasury(msg.sender).transferETH(payable(address(this)), msg.value) {
            lastRevert = "";
        } catch (bytes memory reason) {
            lastRevert = reason;
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITicketBroker} from "../interfaces/ITicketBroker.sol";

/// @notice A broadcaster that calls back while it is being paid out.
contract ReentrantMockForTicketBroker {
    ITicketBroker public immutable BROKER;
    bytes public lastRevert;

    constructor(ITicketBroker broker) {
        BROKER = broker;
    }

    function unlock() external {
        BROKER.unlock();
    }

    function withdraw() external {
        BROKER.withdraw();
    }

    receive() external payable {
        try BROKER.withdraw() {
            lastRevert = "";
        } catch (bytes memory reason) {
            lastRevert = reason;
        }
    }
}

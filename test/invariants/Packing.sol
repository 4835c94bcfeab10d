// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITicketBroker} from "../../contracts/interfaces/ITicketBroker.sol";
import {Tickets} from "../../contracts/libraries/Tickets.sol";
import {VM} from "./IVm.sol";

/// @notice What travels for a ticket. Written without the library's own accessors.
library Packing {
    function sign(
        ITicketBroker broker,
        uint256 key,
        Tickets.Ticket memory ticket
    ) internal view returns (bytes32 payer, bytes32 terms, bytes32 r, bytes32 vs) {
        payer = bytes32(abi.encodePacked(ticket.sender, ticket.faceValue));
        terms = bytes32(abi.encodePacked(ticket.winProb, ticket.salt, ticket.commitmentIndex, ticket.creationRound));
        uint8 v;
        bytes32 s;
        (v, r, s) = VM.sign(key, broker.hashTicket(ticket));
        vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
    }
}

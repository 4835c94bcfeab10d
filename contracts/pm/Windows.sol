// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";

/// @notice The parameters, the validity of older tickets, the clock and the switch: all that a redemption asks of the whole, in one slot.
/// @dev | from bit | bits | field                                                                                    |
/// | -------- | ---- | ---------------------------------------------------------------------------------------- |
/// | 0        | 8    | {round} ticket validity                                                                  |
/// | 8        | 8    | {round} unlock period                                                                    |
/// | 16       | 8    | {round} curing period                                                                    |
/// | 24       | 8    | {round} validity of tickets created before `validityRound`                               |
/// | 32       | 32   | `validityRound`: first creation round with the validity; 0 = it was never changed        |
/// | 64       | 32   | `firstRound`: no ticket was ever redeemed of an earlier one                              |
/// | 96       | 32   | `round`: the present one                                                                 |
/// | 128      | 40   | {s, Unix} `end`: until before then; no change of the schedule moves that                 |
/// | 168      | 1    | whether `fund` and `fundAllocation` are stopped                                          |
type Windows is uint256;

using {
    ticketValidity,
    unlockPeriod,
    curingPeriod,
    previousTicketValidity,
    validityRound,
    firstRound,
    round,
    end,
    isPaused,
    lastRoundOf,
    firstOpenRound,
    withParameters,
    withValidityFrom,
    withClock,
    withPause
} for Windows global;

uint256 constant PAUSED = 1 << 168;

/// @notice What is there when a schedule begins at `round`.
function windowsFrom(uint256 first) pure returns (Windows) {
    return Windows.wrap(first << 64);
}

// --- Fields ---

function ticketValidity(Windows w) pure returns (uint256) {
    return uint8(Windows.unwrap(w));
}

function unlockPeriod(Windows w) pure returns (uint256) {
    return uint8(Windows.unwrap(w) >> 8);
}

function curingPeriod(Windows w) pure returns (uint256) {
    return uint8(Windows.unwrap(w) >> 16);
}

function previousTicketValidity(Windows w) pure returns (uint256) {
    return uint8(Windows.unwrap(w) >> 24);
}

function validityRound(Windows w) pure returns (uint256) {
    return uint32(Windows.unwrap(w) >> 32);
}

function firstRound(Windows w) pure returns (uint256) {
    return uint32(Windows.unwrap(w) >> 64);
}

function round(Windows w) pure returns (uint256) {
    return uint32(Windows.unwrap(w) >> 96);
}

function end(Windows w) pure returns (uint256) {
    return uint40(Windows.unwrap(w) >> 128);
}

function isPaused(Windows w) pure returns (bool) {
    return Windows.unwrap(w) & PAUSED != 0;
}

// --- What follows from them ---

/// @notice {round} The last one in which a ticket can be redeemed.
function lastRoundOf(Windows w, uint256 creationRound) pure returns (uint256) {
    return creationRound + (creationRound < w.validityRound() ? w.previousTicketValidity() : w.ticketValidity());
}

/// @notice {round} The first of which a ticket may still be redeemed.
function firstOpenRound(Windows w) pure returns (uint256) {
    uint256 changed = w.validityRound();
    if (changed != 0 && w.round() < changed + w.previousTicketValidity()) {
        return Math.saturatingSub(w.round(), w.previousTicketValidity());
    }
    return Math.max(changed, Math.saturatingSub(w.round(), w.ticketValidity()));
}

// --- Changes ---

function withParameters(Windows w, ITicketBroker.Parameters memory p) pure returns (Windows) {
    uint256 word = (Windows.unwrap(w) >> 24) << 24;
    return Windows.wrap(word | p.ticketValidity | (p.unlockPeriod << 8) | (p.curingPeriod << 16));
}

/// @notice Another validity is to hold from `from` on: the present one is kept for older tickets.
function withValidityFrom(Windows w, uint256 from) pure returns (Windows) {
    uint256 word = (Windows.unwrap(w) >> 64) << 64;
    return Windows.wrap(word | uint24(Windows.unwrap(w)) | (w.ticketValidity() << 24) | (from << 32));
}

function withClock(Windows w, uint32 present, uint40 until) pure returns (Windows) {
    uint256 word = Windows.unwrap(w) & ~(uint256(type(uint72).max) << 96);
    return Windows.wrap(word | (uint256(present) << 96) | (uint256(until) << 128));
}

function withPause(Windows w, bool pause) pure returns (Windows) {
    uint256 word = Windows.unwrap(w) & ~PAUSED;
    return Windows.wrap(pause ? word | PAUSED : word);
}

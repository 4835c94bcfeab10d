// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Domains} from "./Domains.sol";
import {Ratio} from "./Ratio.sol";

/// @title Tickets
/// @notice What a lottery ticket is: its fields, its words, its digest, its draw and its signature. No storage.
/// @dev Source: Streamflow paper, "Probabilistic Micropayments"; the draw differs so that no signature takes part (P6).
///
/// A redemption carries a ticket as two words, because calldata is most of what a ticket of a batch costs. What is signed is EIP-712
/// data with every field by its name, as words of its own.
///
/// | word    | from bit | bits | field             |
/// | ------- | -------- | ---- | ----------------- |
/// | `payer` | 96       | 160  | `sender`          |
/// |         | 0        | 96   | `faceValue`       |
/// | `terms` | 192      | 64   | `winProb`         |
/// |         | 64       | 128  | `salt`            |
/// |         | 32       | 32   | `commitmentIndex` |
/// |         | 0        | 32   | `creationRound`   |
///
/// Every value of a word is a ticket, and no two words are the same one. `recipient` is who redeems, `commitment` follows from the random number.
library Tickets {
    /// @notice A promise of `faceValue` to `recipient`, worth `faceValue · winProb / 1e18` before the draw.
    struct Ticket {
        /// @dev Orchestrator that the ticket pays.
        address recipient;
        /// @dev Broadcaster whose deposit pays it.
        address sender;
        /// @dev {wei ETH} What a winner pays.
        uint96 faceValue;
        /// @dev {1e18 = 1} Chance of a win. 1e18 and above always wins.
        uint64 winProb;
        /// @dev The sender's part of the randomness; makes each ticket unique.
        uint128 salt;
        /// @dev keccak256(abi.encode(recipientRand)): the recipient's part of the randomness, not known to the sender.
        bytes32 commitment;
        /// @dev {1} The recipient's number for `commitment`, from 0 in each round. Dense, because replay protection is a bitmap over it.
        uint32 commitmentIndex;
        /// @dev {round} Round in which the ticket was made. Its fees belong to the stake of this round.
        uint32 creationRound;
    }

    /// @dev EIP-712 type of {Ticket}.
    bytes32 internal constant TICKET_TYPEHASH = keccak256(
        "Ticket(address recipient,address sender,uint96 faceValue,uint64 winProb,uint128 salt,bytes32 commitment,uint32 commitmentIndex,uint32 creationRound)"
    );

    string internal constant NAME = "Streamflow TicketBroker";

    // --- Words ---

    function payerOf(address sender, uint96 faceValue) internal pure returns (bytes32) {
        return bytes32((uint256(uint160(sender)) << 96) | faceValue);
    }

    function senderOf(bytes32 payer) internal pure returns (address) {
        return address(uint160(uint256(payer) >> 96));
    }

    /// @notice {wei ETH}
    function faceValueOf(bytes32 payer) internal pure returns (uint256) {
        return uint96(uint256(payer));
    }

    /// @notice {1e18 = 1}
    function winProbOf(bytes32 terms) internal pure returns (uint256) {
        return uint256(terms) >> 192;
    }

    function saltOf(bytes32 terms) internal pure returns (uint256) {
        return uint128(uint256(terms) >> 64);
    }

    /// @notice {1}
    function commitmentIndexOf(bytes32 terms) internal pure returns (uint256) {
        return uint32(uint256(terms) >> 32);
    }

    /// @notice {round}
    function creationRoundOf(bytes32 terms) internal pure returns (uint256) {
        return uint32(uint256(terms));
    }

    // --- Hashes ---

    /// @notice EIP-712 domain separator of `broker` on this chain.
    function domainSeparator(address broker) internal view returns (bytes32) {
        return Domains.separatorOf(keccak256(bytes(NAME)), broker);
    }

    /// @notice EIP-712 digest of `ticket` under `separator`: what the sender signs and what the draw is taken from.
    function digestOf(bytes32 separator, Ticket calldata ticket) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(separator, keccak256(abi.encode(TICKET_TYPEHASH, ticket)));
    }

    /// @notice The commitment to `recipientRand`.
    function commitmentTo(uint256 recipientRand) internal pure returns (bytes32 commitment) {
        assembly ("memory-safe") {
            mstore(0x00, recipientRand)
            commitment := keccak256(0x00, 0x20)
        }
    }

    /// @notice {1e18 = 1} The draw, uniform in [0, 1e18): `floor(keccak256(abi.encode(digest, recipientRand)) · 1e18 / 2^256)`.
    function draw(bytes32 digest, uint256 recipientRand) internal pure returns (uint256 high) {
        (high, ) = Math.mul512(uint256(Hashes.efficientKeccak256(digest, bytes32(recipientRand))), Ratio.ONE);
    }

    // --- Signatures ---

    /// @notice Whose ERC-2098 signature (`r`, `vs`) over `digest` is; the zero address if it is none, as one with a high s.
    function signerOf(bytes32 digest, bytes32 r, bytes32 vs) internal pure returns (address signer) {
        (signer, , ) = ECDSA.tryRecover(digest, r, vs);
    }
}

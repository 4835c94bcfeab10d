// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Ratio} from "./Ratio.sol";

/// @title Tickets
/// @notice What a lottery ticket is: its fields, its digest, its draw and its signature. No storage.
/// @dev Source: Streamflow paper, "Probabilistic Micropayments"; the draw differs so that no signature takes part (P6).
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
        /// @dev {1} The recipient's number for `commitment`. Dense, because replay protection is a bitmap over it.
        uint64 commitmentIndex;
        /// @dev {round} Round in which the ticket was made. Its fees belong to the stake of this round.
        uint32 creationRound;
    }

    /// @dev EIP-712 type of {Ticket}.
    bytes32 internal constant TICKET_TYPEHASH = keccak256(
        "Ticket(address recipient,address sender,uint96 faceValue,uint64 winProb,uint128 salt,bytes32 commitment,uint64 commitmentIndex,uint32 creationRound)"
    );

    /// @dev EIP-712 type of the domain.
    bytes32 internal constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @dev {gas} What a contract may spend to answer for its signature, so that it cannot eat a batch.
    uint256 internal constant ERC1271_GAS = 100_000;

    string internal constant NAME = "Streamflow TicketBroker";
    string internal constant VERSION = "1";

    /// @notice EIP-712 domain separator of `broker` on this chain. Computed on each call: a fork of the chain gets another.
    function domainSeparator(address broker) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, broker)
            );
    }

    /// @notice EIP-712 digest of `ticket` under `separator`: what the sender signs and what the draw is taken from.
    function digestOf(bytes32 separator, Ticket calldata ticket) internal pure returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(separator, keccak256(abi.encode(TICKET_TYPEHASH, ticket)));
    }

    /// @notice The commitment to `recipientRand`.
    function commitmentTo(uint256 recipientRand) internal pure returns (bytes32) {
        return keccak256(abi.encode(recipientRand));
    }

    /// @notice {1e18 = 1} The draw, uniform in [0, 1e18): `floor(keccak256(abi.encode(digest, recipientRand)) · 1e18 / 2^256)`.
    function draw(bytes32 digest, uint256 recipientRand) internal pure returns (uint256 high) {
        (high, ) = Math.mul512(uint256(keccak256(abi.encode(digest, recipientRand))), Ratio.ONE);
    }

    /// @notice Whether `signature` over `digest` is `signer`'s: 65 bytes of ECDSA with low s, or else what the contract
    /// at `signer` says (ERC-1271).
    /// @dev The ECDSA form is tried first, so an account with delegated code (EIP-7702) keeps signing as it did.
    function isSigned(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return signer.code.length != 0 && _isSignedByContract(signer, digest, signature);
    }

    /// @dev ERC-1271 with bounds on the gas and on the returned data: OpenZeppelin's SignatureChecker has none on the gas.
    function _isSignedByContract(
        address signer,
        bytes32 digest,
        bytes calldata signature
    ) private view returns (bool valid) {
        bytes memory query = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bytes32 magic = IERC1271.isValidSignature.selector;

        assembly ("memory-safe") {
            let success := staticcall(ERC1271_GAS, signer, add(query, 0x20), mload(query), 0x00, 0x20)
            valid := and(and(success, gt(returndatasize(), 0x1f)), eq(mload(0x00), magic))
        }
    }
}

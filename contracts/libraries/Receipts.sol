// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Domains} from "./Domains.sol";

/// @title Receipts
/// @notice What broadcaster and orchestrator sign about a segment: EIP-712 digests and who signed them. No storage.
/// @dev Source: LIP-6, "What is signed".
library Receipts {
    /// @notice One rendition's bytes.
    struct Output {
        /// @dev Root of the memory region that holds it (LIP-5).
        bytes32 root;
        /// @dev {bytes}
        uint64 length;
    }

    /// @notice What an orchestrator states to have made from what.
    struct Receipt {
        address orchestrator;
        /// @dev The broadcaster.
        address sender;
        /// @dev Chosen by the broadcaster for one stream.
        bytes32 stream;
        /// @dev {1} From 0.
        uint64 sequence;
        bytes32 sourceRoot;
        /// @dev {bytes}
        uint64 sourceLength;
        /// @dev In the order of the profiles.
        Output[] outputs;
        bytes32 profilesHash;
        bytes32 service;
        /// @dev Root of the program that judges it.
        bytes32 program;
        /// @dev Root of what both parties agreed on.
        bytes32 parametersRoot;
        /// @dev {1} A run that takes more steps is void.
        uint64 stepBound;
        /// @dev {s, Unix}
        uint64 timestamp;
    }

    bytes32 private constant SEGMENT_TYPEHASH = keccak256(
        "Segment(address sender,bytes32 stream,uint64 sequence,bytes32 sourceRoot,uint64 sourceLength,bytes32 profilesHash,bytes32 service,address recipient,uint64 timestamp)"
    );
    bytes32 private constant RECEIPT_TYPEHASH = keccak256(
        "Receipt(address orchestrator,address sender,bytes32 stream,uint64 sequence,bytes32 sourceRoot,uint64 sourceLength,Output[] outputs,bytes32 profilesHash,bytes32 service,bytes32 program,bytes32 parametersRoot,uint64 stepBound,uint64 timestamp)Output(bytes32 root,uint64 length)"
    );
    bytes32 private constant OUTPUT_TYPEHASH = keccak256("Output(bytes32 root,uint64 length)");

    bytes32 private constant NAME_HASH = keccak256("Streamflow");

    /// @notice EIP-712 domain separator of what answers to `bondingManager` on this chain.
    function domainSeparator(address bondingManager) internal view returns (bytes32) {
        return Domains.separatorOf(NAME_HASH, bondingManager);
    }

    /// @notice EIP-712 digest of the order that `receipt` answers.
    /// @dev Taken word by word from the receipt's head in calldata.
    /// @param orderTimestamp {s, Unix} Of the order.
    function orderDigest(
        bytes32 separator,
        Receipt calldata receipt,
        uint64 orderTimestamp
    ) internal pure returns (bytes32) {
        bytes32 typehash = SEGMENT_TYPEHASH;
        bytes32 structHash;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, typehash)
            calldatacopy(add(data, 0x20), add(receipt, 0x20), 0xa0) // sender … sourceLength
            calldatacopy(add(data, 0xc0), add(receipt, 0xe0), 0x40) // profilesHash, service
            calldatacopy(add(data, 0x100), receipt, 0x20) // orchestrator
            mstore(add(data, 0x120), orderTimestamp)
            structHash := keccak256(data, 0x140)
        }
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }

    /// @notice EIP-712 digest of `receipt`.
    /// @dev Its head in calldata is what EIP-712 hashes, word by word, but for the offset of the outputs: there stands their hash.
    function digestOf(bytes32 separator, Receipt calldata receipt) internal pure returns (bytes32) {
        bytes32 outputs = _hashOf(receipt.outputs);
        bytes32 typehash = RECEIPT_TYPEHASH;
        bytes32 structHash;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, typehash)
            calldatacopy(add(data, 0x20), receipt, 0x1a0)
            mstore(add(data, 0xe0), outputs)
            structHash := keccak256(data, 0x1c0)
        }
        return MessageHashUtils.toTypedDataHash(separator, structHash);
    }

    /// @notice Whose signature (65 bytes) over `digest` is; the zero address if it is none, as one with a high s.
    function signerOf(bytes32 digest, bytes calldata signature) internal pure returns (address signer) {
        (signer, , ) = ECDSA.tryRecoverCalldata(digest, signature);
    }

    function _hashOf(Output[] calldata outputs) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](outputs.length);
        for (uint256 i = 0; i < outputs.length; ++i) {
            hashes[i] = keccak256(abi.encode(OUTPUT_TYPEHASH, outputs[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}

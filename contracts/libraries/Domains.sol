// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Domains
/// @notice EIP-712 domains of the protocol: name, version 1, chain and contract. No storage.
library Domains {
    string internal constant VERSION = "1";

    bytes32 private constant TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @notice The separator of `verifyingContract` on this chain. Computed on each call: a fork of the chain gets another.
    /// @param nameHash keccak256 of the domain's name.
    function separatorOf(bytes32 nameHash, address verifyingContract) internal view returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, nameHash, keccak256(bytes(VERSION)), block.chainid, verifyingContract));
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Lists
/// @notice Lists of hashes, of which only a root is kept and two neighbours are shown.
/// @dev Source: LIP-6, "Lists". A tree whose leaves are H(list[i] ‖ list[i + 1]), so that one path shows both; their number is a power of 2.
library Lists {
    /// @notice The root of `first` and `others`.
    /// @param others {1} A power of 2 of them. Overwritten.
    function rootOf(bytes32 first, bytes32[] memory others) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            let nodes := add(others, 0x20)
            let end := add(nodes, mul(mload(others), 0x20))
            mstore(0, first)
            for {
                let at := nodes
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                let next := mload(at)
                mstore(0x20, next)
                mstore(at, keccak256(0, 0x40))
                mstore(0, next)
            }
            // Each level over the one below it.
            for {
                let width := mload(others)
            } gt(width, 1) {
                width := shr(1, width)
            } {
                end := add(nodes, shl(4, width))
                for {
                    let from := nodes
                    let to := nodes
                } lt(to, end) {
                    from := add(from, 0x40)
                    to := add(to, 0x20)
                } {
                    mstore(to, keccak256(from, 0x40))
                }
            }
            root := mload(nodes)
        }
    }

    /// @notice The root of the list that has `shown[0]` and `shown[1]` at `index` and `index + 1`.
    /// @param shown Those two, and the siblings from their leaf to the root, lowest first. At least 2.
    function rootFrom(uint256 index, bytes32[] calldata shown) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            mstore(0, calldataload(shown.offset))
            mstore(0x20, calldataload(add(shown.offset, 0x20)))
            root := keccak256(0, 0x40)
            for {
                let at := 2
            } lt(at, shown.length) {
                at := add(at, 1)
            } {
                // Bit 0 of `index` says on which side the node is.
                let side := shl(5, and(index, 1))
                mstore(side, root)
                mstore(xor(side, 0x20), calldataload(add(shown.offset, shl(5, at))))
                root := keccak256(0, 0x40)
                index := shr(1, index)
            }
        }
    }
}

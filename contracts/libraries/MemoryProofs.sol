// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title MemoryProofs
/// @notice Proofs of one leaf in a tree of the machine's memory, and words in that leaf.
/// @dev Source: LIP-5, "Memory". A proof is the leaf's 128 bytes and then one sibling of 32 bytes for each level, lowest first.
library MemoryProofs {
    uint256 internal constant LEAF = 128;

    /// @notice {bytes} Of a proof in a tree of `height` levels above its leaves.
    function lengthOf(uint256 height) internal pure returns (uint256) {
        return LEAF + 32 * height;
    }

    /// @dev A copy of the leaf at the beginning of a proof.
    function leafOf(bytes calldata proof) internal pure returns (bytes memory leaf) {
        return proof[:LEAF];
    }

    /// @notice The root of the tree in which `leaf` holds the byte at `address_`, with the proof's siblings.
    /// @param address_ {bytes} From the beginning of the tree.
    /// @param height {1} Levels above the leaves. The proof has `lengthOf(height)` bytes.
    function rootOf(
        bytes memory leaf,
        uint256 address_,
        uint256 height,
        bytes calldata proof
    ) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := keccak256(add(leaf, 0x20), LEAF)
            let index := div(address_, LEAF)
            let sibling := add(proof.offset, LEAF)
            for {
                let end := add(sibling, mul(height, 0x20))
            } lt(sibling, end) {
                sibling := add(sibling, 0x20)
            } {
                // Bit 0 of `index` says on which side the node is.
                let side := shl(5, and(index, 1))
                mstore(side, root)
                mstore(xor(side, 0x20), calldataload(sibling))
                root := keccak256(0, 0x40)
                index := shr(1, index)
            }
        }
    }

    /// @notice The little-endian number of `size` bytes at `address_`, which is a multiple of `size` (1, 2 or 4).
    function load(bytes memory leaf, uint256 address_, uint256 size) internal pure returns (uint256 value) {
        for (uint256 i = size; i != 0; --i) value = (value << 8) | uint8(leaf[(address_ % LEAF) + i - 1]);
    }

    /// @notice Writes the low `size` bytes of `value` to `address_`, as {load} reads them.
    function store(bytes memory leaf, uint256 address_, uint256 size, uint256 value) internal pure {
        for (uint256 i = 0; i < size; ++i) leaf[(address_ % LEAF) + i] = bytes1(uint8(value >> (8 * i)));
    }

    /// @notice The root of a tree of zeros.
    function zeroRoot(uint256 height) internal pure returns (bytes32 root) {
        root = keccak256(new bytes(LEAF));
        for (uint256 i = 0; i < height; ++i) root = join(root, root);
    }

    /// @notice The node above two others.
    function join(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(0x20, right)
            node := keccak256(0, 0x40)
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IMachine
/// @notice Executes one step of the machine that judges segments (V3).
/// @dev RV32IM over 2^28 bytes of memory. Machine, map of the memory, state and proofs: LIP-5. No storage, no owner. Whatever a program does, and whatever its input is, is an outcome and no
/// error: the errors below are about what the caller hands in.
interface IMachine {
    /// @notice What a run starts with.
    struct Start {
        /// @dev Root of the ROM.
        bytes32 program;
        /// @dev Root of the parameters' region.
        bytes32 parametersRoot;
        /// @dev Root of the source's region.
        bytes32 sourceRoot;
        /// @dev {bytes}
        uint32 sourceLength;
        /// @dev Root of the output's region.
        bytes32 outputRoot;
        /// @dev {bytes}
        uint32 outputLength;
        /// @dev {1} Which output of the segment it is, from 0.
        uint32 outputIndex;
    }

    /// @notice A state has another length {bytes}.
    /// @dev Hand in the state as it is hashed.
    error MachineStateLength(uint256 have, uint256 want);
    /// @notice The proof of this step has another length {bytes}.
    /// @dev Hand in nothing for a machine that has stopped or is outside of ROM; else the proof of the instruction, and after it that of the memory if the instruction accesses it.
    error MachineProofLength(uint256 have, uint256 want);
    /// @notice The proof of the instruction leads to another root than the program's.
    /// @dev Prove the leaf at the state's `pc` in the tree of the program.
    error MachineInstructionProofInvalid(bytes32 have, bytes32 want);
    /// @notice The proof of the memory leads to another root than the state's.
    /// @dev Prove the leaf at the address that the instruction accesses, in the memory before the step.
    error MachineMemoryProofInvalid(bytes32 have, bytes32 want);

    /// @notice The hash of the one state that follows `state`. A state whose machine has stopped follows itself.
    ///
    /// Requirements:
    /// - `state` has 173 bytes;
    /// - `proof` has the length of this step's proof, and leads to `program` and to the state's memory root.
    /// @param program Root of the ROM.
    /// @param state As LIP-5 packs it.
    /// @param proof Leaf and siblings, lowest first: of the instruction, then of the memory.
    function step(bytes32 program, bytes calldata state, bytes calldata proof) external pure returns (bytes32 next);

    /// @notice The hash of the state in which a run starts.
    function startHash(Start calldata start) external pure returns (bytes32 hash);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IProxyFactory
/// @notice Creates contracts at addresses that follow from a salt and their code alone (CREATE2). It is the only contract of
/// a deployment whose own address depends on a nonce. Source: ADR 3.
interface IProxyFactory {
    /// @notice Contract `deployed` was created with `salt`.
    event Deployed(address indexed deployed, bytes32 indexed salt);

    /// @notice Creates the contract with `initCode` at `computeAddress(salt, keccak256(initCode))` and emits {Deployed}.
    /// @dev Who may call: anyone. It does not matter who does: the address binds the code and its constructor's arguments, so
    /// whoever calls first can only do the deployer's work. A constructor must therefore never use `msg.sender`.
    ///
    /// Requirements:
    /// - no contract exists at the address;
    /// - the constructor succeeds (its revert data is passed on).
    /// @param salt Distinguishes contracts with the same code.
    /// @param initCode Creation code with the encoded constructor arguments.
    /// @return deployed Address of the new contract.
    function deploy(bytes32 salt, bytes calldata initCode) external returns (address deployed);

    /// @notice Address that {deploy} gives, whether it has been called or not.
    function computeAddress(bytes32 salt, bytes32 initCodeHash) external view returns (address);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaController
/// @notice The alpha's list of contracts.
interface IAlphaController {
    event SetContractInfo(bytes32 id, address contractAddress);
    event Pause();
    event Unpause();

    /// @notice Gives an id an address. Who may call: the owner.
    function setContractInfo(bytes32 id, address contractAddress) external;

    /// @notice Stops the alpha. Who may call: the owner.
    function pause() external;

    /// @notice Lets it go on. Who may call: the owner.
    function unpause() external;

    /// @notice Who may do all that.
    function owner() external view returns (address);

    /// @notice Whether the alpha is stopped.
    function paused() external view returns (bool);

    /// @notice The contract with that id; zero if there is none.
    function getContract(bytes32 id) external view returns (address);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The cheat codes of the test runner that are used here.
interface IVm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    /// @notice Sets the clock {s, Unix}.
    function warp(uint256 timestamp) external;

    /// @notice Makes `sender` the caller of the next call.
    function prank(address sender) external;

    /// @notice Sets the balance of `account` {wei ETH}.
    function deal(address account, uint256 balance) external;

    /// @notice Begins to keep events.
    function recordLogs() external;

    /// @notice Events since then, or since the last call.
    function getRecordedLogs() external returns (Log[] memory);

    /// @notice Address of a private key.
    function addr(uint256 key) external pure returns (address);

    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    /// @notice Creation code of a built contract, compiled as it is deployed.
    function getCode(string calldata artifact) external view returns (bytes memory);
}

IVm constant VM = IVm(address(uint160(uint256(keccak256("hevm cheat code")))));

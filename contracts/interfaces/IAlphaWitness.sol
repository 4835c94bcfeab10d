// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IAlphaWitness
/// @notice Begins and ends the transaction that makes Streamflow of the alpha: it is undone as a whole if something got lost in it.
interface IAlphaWitness {
    /// @notice The alpha's inflation {1e6 = 1} is not the one that the transaction was made for: somebody has begun a round since.
    /// @dev Run `npx hardhat alpha upgrade` again, which reads it anew.
    error AlphaWitnessInflationMoved(uint256 have, uint256 need);
    /// @notice The supply {wei LPT} is not what it was.
    /// @dev Nothing has happened. Do not go on; compare the calls of the transaction with those of a build of the tag.
    error AlphaWitnessSupplyDiffers(uint256 have, uint256 need);
    /// @notice The BondingManager does not hold the LPT {wei} that the alpha's contracts held.
    /// @dev Nothing has happened. Do not go on; compare the calls of the transaction with those of a build of the tag.
    error AlphaWitnessStakeDiffers(uint256 have, uint256 need);
    /// @notice AlphaFunds does not hold the ETH {wei} that the alpha's contracts held.
    /// @dev Nothing has happened. Do not go on; compare the calls of the transaction with those of a build of the tag.
    error AlphaWitnessEtherDiffers(uint256 have, uint256 need);

    /// @notice Notes, for this transaction, what the alpha's contracts hold.
    /// @dev Who may call: anyone, with no effect beyond its own transaction. What strangers have sent to the contracts of the upgrade counts too, so a gift stops nothing.
    ///
    /// Requirements:
    /// - the alpha's inflation is `inflation` {1e6 = 1}, from which the Minter is to go on.
    function begin(uint256 inflation) external;

    /// @notice Compares what there is with what was noted, to the wei.
    ///
    /// Requirements:
    /// - {begin} was called in this transaction, and nothing has got lost since.
    function verify() external view;
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IMinter
/// @notice What each round mints, for whom, and how much active stake grows by it. Sources: LIP-1; whitepaper, "inflation".
/// @dev A round's mint is settled when the round begins and given when it ends. Nobody has to call for it: whoever acts first in a round has
/// BondingManager ask for all rounds since, and the result is the same to the wei, asked every round or once.
/// `sim/model/staking/emission.ts` computes the same.
/// Range: what is minted for one round below 2^96 wei LPT, the supply and all stake below 2^128.
interface IMinter {
    /// @notice Governed values.
    struct Parameters {
        /// @dev {1e18 = 1} By how much the inflation moves in a round. 2e11 to 2e15.
        uint64 inflationStep;
        /// @dev {1e18 = 1} At most 2e15, which is 0.2 % of the supply in a round.
        uint64 maximumInflation;
        /// @dev {1e18 = 1} The part of the supply that should be at stake. At most 1e18.
        uint64 targetBondingRate;
        /// @dev {1e18 = 1} The treasury's part of what is minted. At most 2e17.
        uint64 treasuryCut;
    }

    /// @notice What the rounds that have gone by make of the stake.
    struct Advance {
        /// @dev {wei LPT} At stake when the round that has begun did.
        uint256 active;
        /// @dev {wei LPT} What that round mints for it.
        uint256 stakers;
        /// @dev {2^-96} Logarithm of growth from the beginning of the first new round to the beginning of the one that has begun.
        uint256 log;
        /// @dev {2^-96} The same to the beginning of each marked round, in their order.
        uint256[] marked;
    }

    /// @notice `rounds` rounds have ended, for which `stakers` went to the stake and `treasury` {wei LPT} to the treasury. The round that has
    /// begun has the inflation `inflation` {1e18 = 1}. At the initialization all others are zero.
    event Minted(uint256 rounds, uint256 stakers, uint256 treasury, uint256 inflation);
    /// @notice Governance changed the parameters; at the initialization `oldParameters` is all zero.
    event ParametersChanged(Parameters oldParameters, Parameters newParameters);

    /// @notice The caller is not BondingManager.
    /// @dev Call `bondingManager` instead: every action there asks for what is due.
    error MinterNotBondingManager(address caller, address bondingManager);
    /// @notice Fewer rounds have ended than can be asked for.
    /// @dev Ask once a new round has begun.
    error MinterTooFewRounds(uint256 have, uint256 least);
    /// @notice An inflation, or its maximum, is above `most` {1e18 = 1}.
    /// @dev Choose at most `most`.
    error MinterInflationTooHigh(uint256 have, uint256 most);
    /// @notice The step of the inflation is outside `[least, most]` {1e18 = 1}.
    /// @dev Choose one between `least` and `most`.
    error MinterStepOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice The target bonding rate is above `most` {1e18 = 1}.
    /// @dev Choose at most `most`.
    error MinterTargetTooHigh(uint256 have, uint256 most);
    /// @notice The treasury's part is above `most` {1e18 = 1}.
    /// @dev Choose at most `most`.
    error MinterTreasuryCutTooHigh(uint256 have, uint256 most);

    /// @notice Sets authority and parameters, and settles the first round, in which nothing is at stake; emits {ParametersChanged} and {Minted}.
    /// @dev Who may call: the proxy's first upgrade, once, after LPT's genesis.
    ///
    /// Requirements:
    /// - the bounds of {Parameters};
    /// - `inflation_` is at most 0.2 %.
    /// @param authority The AccessManager.
    /// @param inflation_ {1e18 = 1} Before the first round's step.
    function initialize(address authority, Parameters calldata parameters_, uint256 inflation_) external;

    /// @notice Ends the present round and all but the last of the `rounds` that have begun since, gives what they mint, and settles the last one;
    /// emits {Minted}.
    /// @dev Who may call: BondingManager, once it knows that nobody acted in the rounds between. They are gone through one by one, until
    /// nothing changes any more.
    ///
    /// Requirements:
    /// - `rounds` is not 0.
    /// @param rounds {1} Rounds that have begun since the last call.
    /// @param active {wei LPT} At stake when the first of them began.
    /// @param marks Bit i: the growth up to the i-th round after the first new one is wanted. Bits of no growth (0) and of rounds that are not over
    /// mean nothing.
    function advance(uint256 rounds, uint256 active, uint256 marks) external returns (Advance memory);

    /// @notice Changes the parameters; emits {ParametersChanged}. What is settled stays.
    /// @dev Who may call: governance. Rounds that began since somebody last acted are not settled yet: they will be with the new values.
    ///
    /// Requirements:
    /// - the bounds of {Parameters}.
    function setParameters(Parameters calldata newParameters) external;

    /// @notice What {advance} would return to BondingManager now.
    function preview(uint256 rounds, uint256 active, uint256 marks) external view returns (Advance memory);

    /// @notice {1e18 = 1} Inflation of the round in which somebody last acted.
    function inflation() external view returns (uint256);

    /// @notice {wei LPT} What that round mints for the stake and for the treasury, as soon as somebody acts after its end.
    function settledMint() external view returns (uint256 stakers, uint256 treasury);

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);
}

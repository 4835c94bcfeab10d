// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBondingFaults} from "./IBondingFaults.sol";
import {IBondingLedger} from "./IBondingLedger.sol";
import {IBondingStake} from "./IBondingStake.sol";
import {IStakeVotes} from "./IStakeVotes.sol";

/// @title IBondingManager
/// @notice Holds bonded LPT, says which orchestrators are active, gives each round's rewards and fees to the stake that was active in it, and takes
/// from it what faults cost. Source: whitepaper, "Bonding" and "Slashing"; Streamflow paper, "Relaxed transcoder limits" (option 2) and the attacks
/// it lists; LIP-2; docs/adr/0005-staking.md.
/// @dev Range: every amount of LPT below 2^92 wei, of ETH below 2^96 wei, rounds below 2^32. All rounding favours the protocol; a claim loses less
/// than {MINIMUM_POSITION} / 10^16 by it.
///
/// Stake counts from the round after the change: "the stake of round r" is what was active when round r began (S2). Nothing has to be called for
/// rewards to accrue (S6): whoever acts brings the whole and one orchestrator's pool up to date. No action walks orchestrators, delegators or
/// rounds (S1), but for the rounds in which nobody did anything at all.
interface IBondingManager is IBondingStake, IBondingFaults, IBondingLedger, IStakeVotes {} // solhint-disable-line no-empty-blocks

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILivepeerToken} from "../interfaces/ILivepeerToken.sol";
import {IMinter} from "../interfaces/IMinter.sol";
import {Growth} from "../libraries/Growth.sol";
import {Ratio} from "../libraries/Ratio.sol";

/// @title Minter
contract Minter is IMinter, AccessManagedUpgradeable {
    using SafeCast for uint256;

    // --- Constants and immutables ---

    /// @notice {1e18 = 1} Largest inflation of a round.
    uint256 public constant MAX_INFLATION = 0.002e18;
    /// @notice {1e18 = 1} Smallest `inflationStep`: from the largest inflation to none it takes 10,000 rounds at most.
    uint256 public constant MIN_INFLATION_STEP = MAX_INFLATION / 10_000;
    /// @notice {1e18 = 1} Largest `treasuryCut`.
    uint256 public constant MAX_TREASURY_CUT = 0.2e18;

    /// @notice LPT.
    ILivepeerToken public immutable TOKEN;
    /// @notice Holds the stake and receives what is minted for it.
    address public immutable BONDING_MANAGER;
    /// @notice Receives its part of what is minted.
    address public immutable TREASURY;

    // --- Storage ---

    /// @dev The round in which somebody last acted. One slot.
    struct Present {
        /// @dev {1e18 = 1}
        uint64 inflation;
        /// @dev {wei LPT} What it mints when it ends.
        uint96 stakers;
        uint96 treasury;
    }

    /// @dev Must stay true:
    /// - `present.stakers` is at most what was at stake when that round began;
    /// - LPT's supply = genesis − burnt + all that {Minted} tells.
    /// @custom:storage-location erc7201:streamflow.storage.Minter
    struct MinterStorage {
        Parameters parameters;
        Present present;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.Minter")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xf5e158759673f322896497de586ca4ec9c771cd510bbe10e4b12cfd47d79f300;

    /// @dev Where a walk through the rounds stands.
    struct Walk {
        /// @dev {wei LPT} With all that was given on the way.
        uint256 supply;
        /// @dev {wei LPT} At stake.
        uint256 active;
        /// @dev {1e18 = 1}
        uint256 inflation;
        /// @dev {wei LPT} Given on the way.
        uint256 stakers;
        uint256 treasury;
        /// @dev {2^-96} Growth up to the moment at which `from` was at stake.
        uint256 log;
        /// @dev {wei LPT}
        uint256 from;
    }

    // --- Initialization ---

    constructor(ILivepeerToken token, address bondingManager, address treasury) {
        TOKEN = token;
        BONDING_MANAGER = bondingManager;
        TREASURY = treasury;
        _disableInitializers();
    }

    /// @inheritdoc IMinter
    function initialize(
        address authority,
        Parameters calldata parameters_,
        uint256 inflation_
    ) external initializer {
        __AccessManaged_init(authority);
        _setParameters(parameters_);
        require(inflation_ <= MAX_INFLATION, MinterInflationTooHigh(inflation_, MAX_INFLATION));

        Walk memory walk;
        walk.supply = TOKEN.totalSupply();
        walk.inflation = inflation_;
        _settle(walk, parameters_);
        _storage().present.inflation = walk.inflation.toUint64();
        emit Minted(0, 0, 0, walk.inflation);
    }

    // --- BondingManager's action ---

    /// @inheritdoc IMinter
    function advance(uint256 rounds, uint256 active, uint256 marks) external returns (Advance memory) {
        require(msg.sender == BONDING_MANAGER, MinterNotBondingManager(msg.sender, BONDING_MANAGER));

        (Advance memory result, Walk memory walk, uint256 treasury) = _advance(rounds, active, marks);
        _storage().present = Present({
            inflation: walk.inflation.toUint64(),
            stakers: result.stakers.toUint96(),
            treasury: treasury.toUint96()
        });
        emit Minted(rounds, walk.stakers, walk.treasury, walk.inflation);

        // Interactions
        if (walk.stakers != 0) TOKEN.mint(BONDING_MANAGER, walk.stakers);
        if (walk.treasury != 0) TOKEN.mint(TREASURY, walk.treasury);
        return result;
    }

    // --- Governance actions ---

    /// @inheritdoc IMinter
    function setParameters(Parameters calldata newParameters) external restricted {
        _setParameters(newParameters);
    }

    // --- Views ---

    /// @inheritdoc IMinter
    function preview(uint256 rounds, uint256 active, uint256 marks) external view returns (Advance memory result) {
        (result, , ) = _advance(rounds, active, marks);
    }

    /// @inheritdoc IMinter
    function inflation() external view returns (uint256) {
        return _storage().present.inflation;
    }

    /// @inheritdoc IMinter
    function settledMint() external view returns (uint256 stakers, uint256 treasury) {
        Present memory present = _storage().present;
        return (present.stakers, present.treasury);
    }

    /// @inheritdoc IMinter
    function parameters() external view returns (Parameters memory) {
        return _storage().parameters;
    }

    // --- Internals ---

    /// @dev What {advance} does, without doing it.
    /// @return result What BondingManager wants to know.
    /// @return walk What was given, and the inflation of the round that has begun.
    /// @return treasury {wei LPT} What that round mints for the treasury.
    function _advance(
        uint256 rounds,
        uint256 active,
        uint256 marks
    ) private view returns (Advance memory result, Walk memory walk, uint256 treasury) {
        require(rounds != 0, MinterTooFewRounds(rounds, 1));
        Parameters memory p = _storage().parameters;
        Present memory present = _storage().present;
        walk.supply = TOKEN.totalSupply() + present.stakers + present.treasury;
        walk.active = active;
        walk.inflation = present.inflation;
        walk.stakers = present.stakers;
        walk.treasury = present.treasury;
        walk.from = active;

        uint256 idle = rounds - 1;
        uint256 wanted = _marksBelow(idle, marks);
        result.marked = new uint256[](_count(wanted));
        uint256 gone = 0;
        for (uint256 i = 0; wanted != 0; ++i) {
            // The lowest bit that is left.
            uint256 mark = Math.log2(wanted ^ (wanted & (wanted - 1)));
            _idle(walk, p, mark - gone);
            gone = mark;
            _grow(walk);
            result.marked[i] = walk.log;
            wanted &= wanted - 1;
        }
        _idle(walk, p, idle - gone);
        _grow(walk);

        result.active = walk.active;
        result.log = walk.log;
        (result.stakers, treasury) = _settle(walk, p);
    }

    /// @dev Goes through `rounds` rounds in which nobody acted: nothing moves but what is minted.
    function _idle(Walk memory walk, Parameters memory p, uint256 rounds) private pure {
        for (uint256 i = 0; i < rounds; ++i) {
            uint256 before = walk.inflation;
            (uint256 stakers, uint256 treasury) = _settle(walk, p);
            // What changed nothing will never change anything.
            if (stakers + treasury == 0 && walk.inflation == before) return;

            walk.stakers += stakers;
            walk.treasury += treasury;
            walk.supply += stakers + treasury;
            walk.active += stakers;
            // The series behind the logarithm is for growth in small steps.
            if (walk.active > 2 * walk.from) _grow(walk);
        }
    }

    /// @dev One step of the inflation, then what it makes of the supply. Nobody earns more in a round than is at stake, and without stake
    /// nothing is minted.
    function _settle(
        Walk memory walk,
        Parameters memory p
    ) private pure returns (uint256 stakers, uint256 treasury) {
        uint256 atStake = walk.active * Ratio.ONE;
        uint256 aim = walk.supply * p.targetBondingRate;
        if (atStake < aim) walk.inflation = Math.min(walk.inflation + p.inflationStep, p.maximumInflation);
        else if (atStake > aim) walk.inflation = Math.saturatingSub(walk.inflation, p.inflationStep);
        if (walk.active == 0) return (0, 0);

        uint256 mint = (walk.supply * walk.inflation) / Ratio.ONE;
        treasury = (mint * p.treasuryCut) / Ratio.ONE;
        stakers = mint - treasury;
        if (stakers > walk.active) {
            stakers = walk.active;
            treasury = (walk.active * p.treasuryCut) / (Ratio.ONE - p.treasuryCut);
        }
    }

    /// @dev Adds the growth since `from` to the logarithm.
    function _grow(Walk memory walk) private pure {
        if (walk.from != walk.active) walk.log += Growth.logDown(walk.from, walk.active);
        walk.from = walk.active;
    }

    /// @dev Bits 1 to `idle` − 1 of `marks`: rounds that are over, with growth before them.
    function _marksBelow(uint256 idle, uint256 marks) private pure returns (uint256) {
        if (idle < 256) marks &= (1 << idle) - 1;
        return marks & ~uint256(1);
    }

    /// @dev {1} Bits that are set.
    function _count(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) ++count;
    }

    function _setParameters(Parameters calldata p) private {
        require(
            p.inflationStep >= MIN_INFLATION_STEP && p.inflationStep <= MAX_INFLATION,
            MinterStepOutOfBounds(p.inflationStep, MIN_INFLATION_STEP, MAX_INFLATION)
        );
        require(p.maximumInflation <= MAX_INFLATION, MinterInflationTooHigh(p.maximumInflation, MAX_INFLATION));
        require(Ratio.isRatio(p.targetBondingRate), MinterTargetTooHigh(p.targetBondingRate, Ratio.ONE));
        require(p.treasuryCut <= MAX_TREASURY_CUT, MinterTreasuryCutTooHigh(p.treasuryCut, MAX_TREASURY_CUT));

        emit ParametersChanged(_storage().parameters, p);
        _storage().parameters = p;
    }

    function _storage() private pure returns (MinterStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}

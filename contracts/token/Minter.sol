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
        /// @dev {2^-96} Growth up to the moment at which `from` was at stake.
        uint256 log;
        /// @dev {wei LPT}
        uint256 from;
    }

    /// @dev {wei LPT} What rounds mint.
    struct Mint {
        uint256 stakers;
        uint256 treasury;
    }

    // --- Initialization ---

    constructor(ILivepeerToken token, address bondingManager, address treasury) {
        TOKEN = token;
        BONDING_MANAGER = bondingManager;
        TREASURY = treasury;
        _disableInitializers();
    }

    /// @inheritdoc IMinter
    function initialize(address authority, Parameters calldata parameters_, uint256 inflation_) external initializer {
        __AccessManaged_init(authority);
        _setParameters(parameters_);
        require(inflation_ <= MAX_INFLATION, MinterInflationTooHigh(inflation_, MAX_INFLATION));

        (uint256 first, , ) = _settle(TOKEN.totalSupply().toUint128(), 0, inflation_, parameters_);
        _storage().present.inflation = first.toUint64();
        emit Minted(0, 0, 0, first);
    }

    // --- BondingManager's action ---

    /// @inheritdoc IMinter
    function advance(uint256 rounds, uint256 active, uint256 marks) external returns (Advance memory) {
        require(msg.sender == BONDING_MANAGER, MinterNotBondingManager(msg.sender, BONDING_MANAGER));

        (Advance memory result, Mint memory given, Present memory next) = _advance(rounds, active, marks);
        _storage().present = next;
        emit Minted(rounds, given.stakers, given.treasury, next.inflation);

        // Interactions
        if (given.stakers != 0) TOKEN.mint(BONDING_MANAGER, given.stakers);
        if (given.treasury != 0) TOKEN.mint(TREASURY, given.treasury);
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
    /// @return given What the rounds that are over mint.
    /// @return next The round that has begun.
    function _advance(
        uint256 rounds,
        uint256 active,
        uint256 marks
    ) private view returns (Advance memory result, Mint memory given, Present memory next) {
        require(rounds != 0, MinterTooFewRounds(rounds, 1));
        Parameters memory p = _storage().parameters;
        Present memory present = _storage().present;
        uint256 supply = TOKEN.totalSupply().toUint128();
        Walk memory walk = Walk({
            supply: supply + present.stakers + present.treasury,
            active: active.toUint128(),
            inflation: present.inflation,
            log: 0,
            from: active
        });

        result.marked = _walk(walk, p, rounds - 1, marks);
        result.active = walk.active;
        result.log = walk.log;
        given.stakers = present.stakers + walk.active - active;
        given.treasury = walk.supply - supply - given.stakers;

        (uint256 inflation_, uint256 stakers, uint256 treasury) = _settle(walk.supply, walk.active, walk.inflation, p);
        result.stakers = stakers;
        next = Present(inflation_.toUint64(), stakers.toUint96(), treasury.toUint96());
    }

    /// @dev Goes through `rounds` rounds in which nobody acted, and keeps the growth up to the marked ones.
    function _walk(
        Walk memory walk,
        Parameters memory p,
        uint256 rounds,
        uint256 marks
    ) private pure returns (uint256[] memory marked) {
        // Before round 0 there is no growth, and later ones are not over.
        if (rounds < 256) marks &= (1 << rounds) - 1;
        marks &= ~uint256(1);
        marked = new uint256[](_count(marks));
        uint256 gone = 0;
        for (uint256 i = 0; i < marked.length; ++i) {
            uint256 mark = Math.log2(marks ^ (marks & (marks - 1)));
            marks &= marks - 1;
            _idle(walk, p, mark - gone);
            gone = mark;
            marked[i] = walk.log;
        }
        _idle(walk, p, rounds - gone);
    }

    /// @dev Goes through `rounds` rounds: nothing moves but what is minted.
    function _idle(Walk memory walk, Parameters memory p, uint256 rounds) private pure {
        (uint256 supply, uint256 active, uint256 inflation_) = (walk.supply, walk.active, walk.inflation);
        uint256 far = 2 * walk.from;
        // Each time stake has doubled, `_grow` asks whether it still is below 2^128; the supply grows by at most 5/4 as much.
        unchecked {
            for (; rounds != 0; --rounds) {
                (uint256 next, uint256 stakers, uint256 treasury) = _settle(supply, active, inflation_, p);
                // What changed nothing will never change anything.
                if (stakers + treasury == 0 && next == inflation_) break;

                inflation_ = next;
                active += stakers;
                supply += stakers + treasury;
                // The series behind the logarithm is for growth in small steps.
                if (active > far) {
                    _grow(walk, active);
                    far = 2 * active;
                }
            }
        }
        _grow(walk, active);
        (walk.supply, walk.active, walk.inflation) = (supply, active, inflation_);
    }

    /// @dev One step of the inflation, then what it makes of the supply. Nobody earns more in a round than is at stake, and without stake
    /// nothing is minted.
    function _settle(
        uint256 supply,
        uint256 active,
        uint256 inflation_,
        Parameters memory p
    ) private pure returns (uint256 next, uint256 stakers, uint256 treasury) {
        // Amounts are below 2^130 and ratios below 2^61: no product reaches 2^256.
        unchecked {
            next = inflation_;
            uint256 atStake = active * Ratio.ONE;
            uint256 aim = supply * p.targetBondingRate;
            if (atStake < aim) {
                next += p.inflationStep;
                if (next > p.maximumInflation) next = p.maximumInflation;
            } else if (atStake > aim) {
                next = next > p.inflationStep ? next - p.inflationStep : 0;
            }
            if (active == 0) return (next, 0, 0);

            uint256 mint = (supply * next) / Ratio.ONE;
            treasury = (mint * p.treasuryCut) / Ratio.ONE;
            stakers = mint - treasury;
            if (stakers > active) {
                stakers = active;
                treasury = (active * p.treasuryCut) / (Ratio.ONE - p.treasuryCut);
            }
        }
    }

    /// @dev Adds the growth from `walk.from` to `active` to the logarithm.
    function _grow(Walk memory walk, uint256 active) private pure {
        if (walk.from != active) walk.log += Growth.logDown(walk.from, active.toUint128());
        walk.from = active;
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

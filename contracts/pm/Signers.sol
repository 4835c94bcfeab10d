// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ITicketBroker} from "../interfaces/ITicketBroker.sol";
import {TicketState} from "./TicketState.sol";
import {Windows} from "./Windows.sol";

/// @title Signers
/// @notice The hot keys of broadcasters: what they may sign, and what their winners have taken.
abstract contract Signers is TicketState {
    using SafeCast for uint256;

    /// @dev A use of a key for a creation round is, from bit 0: {wei ETH} what winners have taken; the cap; a bit that says that this is known, or that the key may not sign. Once written, no authorization changes it.
    uint256 private constant SPENT_BITS = 96;
    uint256 private constant CAP_KNOWN = 1 << 192;
    uint256 private constant REFUSED = 1 << 193;

    /// @inheritdoc ITicketBroker
    function authorizeSigner(address key, uint256 lastRound, uint256 cap) external {
        require(key != address(0), TicketBrokerZeroAddress());
        Windows windows = _begin();
        require(lastRound >= windows.round(), TicketBrokerSignerRoundOver(lastRound, windows.round()));

        Signer memory old = _storage().signers[msg.sender][key];
        uint256 sinceRound = windows.round();
        uint96 previousCap = 0;
        if (old.sinceRound != 0) {
            previousCap = sinceRound < old.sinceRound ? old.previousCap : old.cap;
            _fixUses(key, old, previousCap, windows);
            ++sinceRound;
        }
        _storage().signers[msg.sender][key] = Signer(
            lastRound.toUint32(),
            cap.toUint96(),
            previousCap,
            sinceRound.toUint32()
        );
        emit SignerAuthorized(msg.sender, key, lastRound, cap, sinceRound);
    }

    // --- Views ---

    /// @inheritdoc ITicketBroker
    function signerOf(address sender, address key) external view returns (Signer memory) {
        return _storage().signers[sender][key];
    }

    /// @inheritdoc ITicketBroker
    function capOf(address sender, address key, uint256 creationRound) external view returns (uint256) {
        return _capOf(_useOf(sender, key, creationRound));
    }

    /// @inheritdoc ITicketBroker
    function spentBy(address sender, address key, uint256 creationRound) external view returns (uint256) {
        return _spentOf(_storage().uses[sender][key][creationRound]);
    }

    // --- Internals ---

    /// @dev What winners of a round that `key` signed have taken, with its cap; 0 if it may not sign for it.
    function _useOf(address sender, address key, uint256 creationRound) internal view returns (uint256 use) {
        use = _storage().uses[sender][key][creationRound];
        if (use != 0) return use == REFUSED ? 0 : use;

        Signer memory signer = _storage().signers[sender][key];
        if (signer.sinceRound == 0 || creationRound > signer.lastRound) return 0;
        return creationRound < signer.sinceRound ? _unusedBefore(signer.previousCap) : _unused(signer.cap);
    }

    /// @dev {wei ETH}
    function _capOf(uint256 use) internal pure returns (uint256) {
        return uint96(use >> SPENT_BITS);
    }

    /// @dev {wei ETH}
    function _spentOf(uint256 use) internal pure returns (uint256) {
        return uint96(use);
    }

    /// @dev Only one past cap has room in the entry. Rounds that have begun, of which tickets may be alive, and for which something else holds, keep what holds for them beside what they have spent.
    function _fixUses(address key, Signer memory old, uint256 previousCap, Windows windows) private {
        mapping(uint256 => uint256) storage uses = _storage().uses[msg.sender][key];
        uint256 present = windows.round();
        for (uint256 round = windows.firstOpenRound(); round <= present; ++round) {
            if (uses[round] != 0) continue;
            uint256 use = round < old.sinceRound ? _unusedBefore(old.previousCap) : _unused(old.cap);
            if (use != _unusedBefore(previousCap)) uses[round] = use == 0 ? REFUSED : use;
        }
    }

    function _unused(uint256 cap) private pure returns (uint256) {
        return CAP_KNOWN | (cap << SPENT_BITS);
    }

    /// @dev In an entry, no past cap stands for a key that is new.
    function _unusedBefore(uint256 previousCap) private pure returns (uint256) {
        return previousCap == 0 ? 0 : _unused(previousCap);
    }
}

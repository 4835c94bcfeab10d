// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IMinter} from "../interfaces/IMinter.sol";

/// @notice Reads all that can be seen of staking in one call, as a row of words: thousands of looks have to be fast.
contract BondingLensHarness {
    IBondingManager private immutable BONDING;
    IMinter private immutable MINTER;
    IERC20 private immutable TOKEN;
    address private immutable TREASURY;
    address private immutable BROKER;

    constructor(IBondingManager bonding, IMinter minter, IERC20 token, address treasury, address broker) {
        (BONDING, MINTER, TOKEN, TREASURY, BROKER) = (bonding, minter, token, treasury, broker);
    }

    /// @return seen First the whole, then each account with all its locks.
    function look(address[] calldata accounts) external view returns (bytes memory seen) {
        seen = _whole();
        for (uint256 i = 0; i < accounts.length; ++i) seen = bytes.concat(seen, _account(accounts[i]));
    }

    /// @return seen First what was at stake in a past round, then each account's part in it.
    function lookBack(address[] calldata accounts, uint256 round) external view returns (bytes memory seen) {
        seen = abi.encode(BONDING.getPastTotalSupply(round));
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            seen = bytes.concat(
                seen,
                abi.encode(
                    BONDING.getPastVotes(account, round),
                    BONDING.getPastBalanceOf(account, round),
                    BONDING.getPastDelegate(account, round)
                )
            );
        }
    }

    function _whole() private view returns (bytes memory) {
        (uint256 active, uint256 next) = BONDING.totalActiveStake();
        (uint256 stakers, uint256 treasury) = MINTER.settledMint();
        return
            bytes.concat(
                abi.encode(active, next, MINTER.inflation(), stakers, treasury),
                abi.encode(TOKEN.totalSupply(), TOKEN.balanceOf(address(BONDING)), TOKEN.balanceOf(TREASURY)),
                abi.encode(address(BONDING).balance, BROKER.balance, BONDING.orchestratorCount())
            );
    }

    function _account(address account) private view returns (bytes memory seen) {
        IBondingManager.Delegator memory delegator = BONDING.getDelegator(account);
        seen = bytes.concat(
            abi.encode(BONDING.getOrchestrator(account)),
            abi.encode(BONDING.isRegistered(account), BONDING.isActive(account)),
            abi.encode(delegator),
            abi.encode(BONDING.delegates(account), BONDING.claimableFees(account)),
            abi.encode(TOKEN.balanceOf(account), account.balance)
        );
        for (uint256 id = 0; id < delegator.lockCount; ++id) {
            seen = bytes.concat(seen, abi.encode(BONDING.getUnbondingLock(account, id)));
        }
    }
}

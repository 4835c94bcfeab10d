// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {ERC20BurnableUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20BurnableUpgradeable.sol";
import {ERC20PermitUpgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ILivepeerToken} from "../interfaces/ILivepeerToken.sol";

/// @title LivepeerToken
/// @dev All storage is in the namespaces of the OpenZeppelin bases.
contract LivepeerToken is ERC20Upgradeable, ERC20BurnableUpgradeable, ERC20PermitUpgradeable, ILivepeerToken {
    // --- Immutables ---

    /// @notice The only one that mints.
    address public immutable MINTER;

    // --- Initialization ---

    constructor(address minter) {
        MINTER = minter;
        _disableInitializers();
    }

    /// @inheritdoc ILivepeerToken
    function initialize(Allocation[] calldata genesis) external initializer {
        __ERC20_init("Livepeer Token", "LPT");
        __ERC20Permit_init("Livepeer Token");

        for (uint256 i = 0; i < genesis.length; ++i) {
            require(genesis[i].amount != 0, LivepeerTokenEmptyAllocation(genesis[i].account));
            _mint(genesis[i].account, genesis[i].amount);
        }
    }

    // --- Minter's action ---

    /// @inheritdoc ILivepeerToken
    function mint(address to, uint256 amount) external {
        require(msg.sender == MINTER, LivepeerTokenNotMinter(msg.sender, MINTER));

        _mint(to, amount);
    }

    // --- User actions ---

    /// @inheritdoc ILivepeerToken
    function burn(uint256 amount) public override(ILivepeerToken, ERC20BurnableUpgradeable) {
        super.burn(amount);
    }

    /// @inheritdoc ILivepeerToken
    function burnFrom(address account, uint256 amount) public override(ILivepeerToken, ERC20BurnableUpgradeable) {
        super.burnFrom(account, amount);
    }

    // --- Views ---

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, ERC20PermitUpgradeable) returns (uint256) {
        return super.nonces(owner);
    }
}

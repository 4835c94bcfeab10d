// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";

/// @title AlphaToken
/// @notice LPT as the alpha has it: its owner, the minter, mints it. It knows no approvals by signature.
contract AlphaToken is ERC20Burnable, Ownable {
    constructor(address holder, uint256 supply) ERC20("Livepeer Token", "LPT") Ownable(msg.sender) {
        _mint(holder, supply);
    }

    /// @notice Creates `amount` {wei LPT} for `to`. Who may call: the owner.
    function mint(address to, uint256 amount) external onlyOwner returns (bool) {
        _mint(to, amount);
        return true;
    }
}

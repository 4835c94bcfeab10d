// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy,
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {IBonding} from "../../contracts/interfaces/IBonding.sol";
import {IBondingFaults} from "../../contracts/interfaces/IBondingFaults.sol";
import {IBondingManager} from "../../contracts/interfaces/IBondingManager.sol";
import {ILivepeerToken} from "../../contracts/interfaces/ILivepeerToken.sol";
import {IMinter} from "../../contracts/interfaces/IMinter.sol";
import {IRoundsManager} from "../../contracts/interfaces/IRoundsManager.sol";
import {IServiceRegistry} from "../../contracts/interfaces/IServiceRegistry.sol";
import {ITicketBroker} from "../../contracts/interfaces/ITicketBroker.sol";
import {ITreasury} from "../../contracts/interfaces/ITreasury.sol";
import {Bootstrap} from "../../contracts/proxy/Bootstrap.sol";
import {VM} from "./IVm.sol";

/// @notice The whole protocol, related as `deploy/relations.ts` does it. Whoever inherits governs it and has the genesis supply.
abstract contract Protocol {
    /// @dev {wei LPT}
    uint256 public constant GENESIS = 10_000_000e18;
    /// @dev {s}
    uint256 internal constant ROUND_LENGTH = 1 days;
    /// @dev {s, Unix} Of the first round.
    uint256 private constant START = 1_800_000_000;

    AccessManager internal immutable MANAGER;
    ILivepeerToken public immutable TOKEN;
    IRoundsManager public immutable ROUNDS;
    IMinter public immutable MINTER;
    IBondingManager public immutable BONDING;
    IServiceRegistry public immutable REGISTRY;
    ITicketBroker public immutable BROKER;
    ITreasury public immutable TREASURY;

    constructor() {
        VM.warp(START);
        MANAGER = new AccessManager(address(this));
        address bootstrap = address(new Bootstrap());
        TOKEN = ILivepeerToken(_proxy(bootstrap));
        ROUNDS = IRoundsManager(_proxy(bootstrap));
        MINTER = IMinter(_proxy(bootstrap));
        BONDING = IBondingManager(_proxy(bootstrap));
        REGISTRY = IServiceRegistry(_proxy(bootstrap));
        BROKER = ITicketBroker(_proxy(bootstrap));
        TREASURY = ITreasury(payable(_proxy(bootstrap)));

        _upgradeToken();
        _upgrade(
            address(ROUNDS),
            _create("RoundsManager", ""),
            abi.encodeCall(IRoundsManager.initialize, (address(MANAGER), uint64(ROUND_LENGTH), uint64(START), 1))
        );
        _upgrade(
            address(MINTER),
            _create("Minter", abi.encode(TOKEN, BONDING, TREASURY)),
            abi.encodeCall(
                IMinter.initialize,
                (address(MANAGER), IMinter.Parameters(0.5e12, 0.002e18, 0.5e18, 0.1e18), 0.0004e18)
            )
        );
        _upgradeBonding();
        _upgrade(
            address(REGISTRY),
            _create("ServiceRegistry", abi.encode(TOKEN, ROUNDS, BONDING)),
            abi.encodeCall(IServiceRegistry.initialize, (address(MANAGER), IServiceRegistry.Parameters(100e18)))
        );
        _upgrade(
            address(BROKER),
            _create("TicketBroker", abi.encode(ROUNDS, BONDING, TREASURY)),
            abi.encodeCall(ITicketBroker.initialize, (address(MANAGER), ITicketBroker.Parameters(2, 4, 1)))
        );
        _upgrade(
            address(TREASURY),
            _create("Treasury", abi.encode(TOKEN)),
            abi.encodeCall(ITreasury.initialize, (address(MANAGER)))
        );
    }

    /// @dev Short periods, so that a sequence of a hundred actions sees their ends.
    function _parameters() internal pure returns (IBonding.Parameters memory) {
        return
            IBonding.Parameters({
                minimumStake: 5_000e18,
                minimumSelfStake: 500e18,
                unbondingPeriod: 4,
                commissionNotice: 3,
                challengeWindow: 3 hours,
                jailPeriod: 2,
                faultAllowance: 0,
                faultPeriod: 30
            });
    }

    function _upgradeToken() private {
        ILivepeerToken.Allocation[] memory genesis = new ILivepeerToken.Allocation[](1);
        genesis[0] = ILivepeerToken.Allocation(address(this), GENESIS);
        _upgrade(
            address(TOKEN),
            _create("LivepeerToken", abi.encode(MINTER)),
            abi.encodeCall(ILivepeerToken.initialize, (genesis))
        );
    }

    function _upgradeBonding() private {
        // A struct of addresses is encoded like its members.
        bytes memory relations = abi.encode(TOKEN, ROUNDS, MINTER, BROKER, REGISTRY, TREASURY);
        address ledger = _create("BondingLedger", relations);
        address faults = _create("BondingFaults", bytes.concat(relations, abi.encode(ledger)));
        _upgrade(
            address(BONDING),
            _create("BondingManager", bytes.concat(relations, abi.encode(faults))),
            abi.encodeCall(IBondingFaults.initialize, (address(MANAGER), _parameters()))
        );
    }

    function _proxy(address bootstrap) private returns (address) {
        bytes memory begin = abi.encodeCall(Bootstrap.bootstrap, ());
        return address(new TransparentUpgradeableProxy(bootstrap, address(MANAGER), begin));
    }

    function _create(string memory name, bytes memory arguments) private returns (address created) {
        bytes memory code = bytes.concat(VM.getCode(name), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
            if iszero(created) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function _upgrade(address proxy, address logic, bytes memory initializer) private {
        // The admin is the first contract that the proxy's constructor creates.
        address admin = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", proxy, hex"01")))));
        MANAGER.execute(
            admin,
            abi.encodeCall(ProxyAdmin.upgradeAndCall, (ITransparentUpgradeableProxy(proxy), logic, initializer))
        );
    }
}

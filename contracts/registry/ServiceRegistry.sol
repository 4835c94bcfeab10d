// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";

/// @title ServiceRegistry
contract ServiceRegistry is IServiceRegistry, AccessManagedUpgradeable {
    using EnumerableSet for EnumerableSet.AddressSet;

    // --- Constants and immutables ---

    /// @notice {byte} Longest URI, and longest metadata of a service.
    uint256 public constant MAX_TEXT = 256;
    /// @notice {byte} Longest name of a service.
    uint256 public constant MAX_NAME = 64;
    /// @notice {1} Most services in one offer.
    uint256 public constant MAX_SERVICES = 16;
    /// @notice {1} Most regions in one offer.
    uint256 public constant MAX_REGIONS = 32;
    /// @notice {1} Most offers that one page looks at.
    uint256 public constant MAX_PAGE = 100;

    /// @notice Knows who is registered and active.
    IBondingManager public immutable BONDING_MANAGER;

    // --- Storage ---

    struct Offer {
        string uri;
        bytes32[] services;
        uint64[] regions;
    }

    /// @dev Must stay true:
    /// - an orchestrator is in `offering[s]` exactly when `s` is in its offer's services;
    /// - a service is never undefined again.
    /// @custom:storage-location erc7201:streamflow.storage.ServiceRegistry
    struct ServiceRegistryStorage {
        mapping(bytes32 id => Service) services;
        mapping(address orchestrator => Offer) offers;
        mapping(bytes32 service => EnumerableSet.AddressSet) offering;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.ServiceRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xfe17b03a89026b6ebd8b091da80a37c09d017d059811b9db8a2dafa83af6b400;

    // --- Initialization ---

    constructor(IBondingManager bondingManager) {
        BONDING_MANAGER = bondingManager;
        _disableInitializers();
    }

    /// @inheritdoc IServiceRegistry
    function initialize(address authority) external initializer {
        __AccessManaged_init(authority);
        _defineService("CPUTranscoding", "Deterministic transcoding in software");
        _defineService("GPUTranscoding", "Transcoding with hardware encoders");
        _defineService("SegmentVerification", "A second opinion on a transcoded segment");
    }

    // --- Modifiers ---

    modifier onlyRegistered() {
        require(BONDING_MANAGER.isRegistered(msg.sender), ServiceRegistryNotRegistered(msg.sender));
        _;
    }

    // --- User actions ---

    /// @inheritdoc IServiceRegistry
    function setServiceURI(string calldata uri) external onlyRegistered {
        _requireLength(bytes(uri).length, 1, MAX_TEXT);

        _storage().offers[msg.sender].uri = uri;
        emit ServiceURIChanged(msg.sender, uri);
    }

    /// @inheritdoc IServiceRegistry
    function setServices(bytes32[] calldata ids) external onlyRegistered {
        require(ids.length <= MAX_SERVICES, ServiceRegistryTooMany(ids.length, MAX_SERVICES));

        ServiceRegistryStorage storage $ = _storage();
        Offer storage offer = $.offers[msg.sender];
        for (uint256 i = 0; i < offer.services.length; ++i) {
            $.offering[offer.services[i]].remove(msg.sender);
        }
        for (uint256 i = 0; i < ids.length; ++i) {
            _requireService(ids[i]);
            require($.offering[ids[i]].add(msg.sender), ServiceRegistryDuplicateService(ids[i]));
        }
        offer.services = ids;
        emit ServicesChanged(msg.sender, ids);
    }

    /// @inheritdoc IServiceRegistry
    function setRegions(uint64[] calldata regions) external onlyRegistered {
        require(regions.length <= MAX_REGIONS, ServiceRegistryTooMany(regions.length, MAX_REGIONS));

        _storage().offers[msg.sender].regions = regions;
        emit RegionsChanged(msg.sender, regions);
    }

    // --- Governance actions ---

    /// @inheritdoc IServiceRegistry
    function defineService(string calldata name, string calldata metadata) external restricted returns (bytes32 id) {
        return _defineService(name, metadata);
    }

    // --- Views ---

    /// @inheritdoc IServiceRegistry
    function getOffer(
        address orchestrator
    ) external view returns (string memory uri, bytes32[] memory services, uint64[] memory regions) {
        Offer storage offer = _storage().offers[orchestrator];
        return (offer.uri, offer.services, offer.regions);
    }

    /// @inheritdoc IServiceRegistry
    function serviceOf(bytes32 id) external view returns (Service memory) {
        _requireService(id);
        return _storage().services[id];
    }

    /// @inheritdoc IServiceRegistry
    function offerCount(bytes32 service) external view returns (uint256) {
        return _storage().offering[service].length();
    }

    /// @inheritdoc IServiceRegistry
    function list(
        bytes32 service,
        uint256 minStake,
        uint256 cursor,
        uint256 limit
    ) external view returns (Listing[] memory page, uint256 nextCursor) {
        _requireService(service);
        require(limit != 0 && limit <= MAX_PAGE, ServiceRegistryPageOutOfBounds(limit, 1, MAX_PAGE));

        ServiceRegistryStorage storage $ = _storage();
        EnumerableSet.AddressSet storage offering = $.offering[service];
        uint256 total = offering.length();
        if (cursor >= total) return (page, 0);

        uint256 end = Math.min(cursor + limit, total);
        page = new Listing[](end - cursor);
        uint256 found = 0;
        for (uint256 i = cursor; i < end; ++i) {
            address orchestrator = offering.at(i);
            Offer storage offer = $.offers[orchestrator];
            IBondingManager.Orchestrator memory node = BONDING_MANAGER.getOrchestrator(orchestrator);
            if (!node.active || node.totalStake < minStake || bytes(offer.uri).length == 0) continue;
            page[found++] = Listing(orchestrator, offer.uri, node.totalStake, offer.regions);
        }
        assembly ("memory-safe") {
            mstore(page, found) // shortens the array to what was found
        }
        nextCursor = end == total ? 0 : end;
    }

    // --- Internals ---

    function _defineService(string memory name, string memory metadata) private returns (bytes32 id) {
        _requireLength(bytes(name).length, 1, MAX_NAME);
        _requireLength(bytes(metadata).length, 0, MAX_TEXT);
        id = keccak256(bytes(name));
        Service storage service = _storage().services[id];
        require(bytes(service.name).length == 0, ServiceRegistryServiceExists(id));

        service.name = name;
        service.metadata = metadata;
        emit ServiceDefined(id, name, metadata);
    }

    function _requireService(bytes32 id) private view {
        require(bytes(_storage().services[id].name).length != 0, ServiceRegistryUnknownService(id));
    }

    function _requireLength(uint256 have, uint256 least, uint256 most) private pure {
        require(have >= least && have <= most, ServiceRegistryLengthOutOfBounds(have, least, most));
    }

    function _storage() private pure returns (ServiceRegistryStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}

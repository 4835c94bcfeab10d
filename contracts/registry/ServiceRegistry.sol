// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManagedUpgradeable} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IBondingManager} from "../interfaces/IBondingManager.sol";
import {IRoundsManager} from "../interfaces/IRoundsManager.sol";
import {IServiceRegistry} from "../interfaces/IServiceRegistry.sol";

/// @title ServiceRegistry
contract ServiceRegistry is IServiceRegistry, AccessManagedUpgradeable, PausableUpgradeable, ReentrancyGuardTransient {
    using EnumerableSet for EnumerableSet.AddressSet;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    // --- Constants and immutables ---

    /// @notice {byte} Longest URI, and longest metadata of a service.
    uint256 public constant MAX_TEXT = 256;
    /// @notice {byte} Longest name of a service.
    uint256 public constant MAX_NAME = 64;
    /// @notice {1} Most services in one offer.
    uint256 public constant MAX_SERVICES = 16;
    /// @notice {1} Most regions in one offer.
    uint256 public constant MAX_REGIONS = 32;
    /// @notice {1} Most services × regions in one offer: what one write may have to index.
    uint256 public constant MAX_PAIRS = 64;
    /// @notice {1} Most offers that one page looks at.
    uint256 public constant MAX_PAGE = 100;
    /// @notice {wei LPT} Smallest `serviceDeposit`.
    uint256 public constant MIN_SERVICE_DEPOSIT = 1e18;
    /// @notice {wei LPT} Largest `serviceDeposit`.
    uint256 public constant MAX_SERVICE_DEPOSIT = 100_000e18;
    /// @notice Key of the offers that name no region. No H3 cell has this number.
    uint64 public constant NO_REGION = 0;
    /// @notice Key of all offers. No H3 cell has this number.
    uint64 public constant ALL_REGIONS = type(uint64).max;

    /// @notice LPT.
    IERC20 public immutable TOKEN;
    /// @notice Tells the round.
    IRoundsManager public immutable ROUNDS_MANAGER;
    /// @notice Knows who is registered and active.
    IBondingManager public immutable BONDING_MANAGER;

    // --- Storage ---

    struct StoredOffer {
        string uri;
        bytes32[] services;
        uint64[] regions;
    }

    /// @dev Must stay true:
    /// - an offer is in all lists that its services and regions name and in no other one, or in none at all; with a URI in the former case;
    /// - each service of a listed offer is defined; so is each service with a verification function, pending ones included;
    /// - `fromRound` grows along each `verifications`, and only the last one may lie in the future;
    /// - token balance ≥ Σ deposits of services.
    /// @custom:storage-location erc7201:streamflow.storage.ServiceRegistry
    struct ServiceRegistryStorage {
        Parameters parameters;
        mapping(bytes32 id => Service) services;
        /// @dev Kept when the service is withdrawn.
        mapping(bytes32 id => Verification[]) verifications;
        mapping(address orchestrator => StoredOffer) offers;
        mapping(bytes32 service => mapping(uint64 region => EnumerableSet.AddressSet)) lists;
    }

    // keccak256(abi.encode(uint256(keccak256("streamflow.storage.ServiceRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xfe17b03a89026b6ebd8b091da80a37c09d017d059811b9db8a2dafa83af6b400;

    // --- Initialization ---

    constructor(IERC20 token, IRoundsManager roundsManager, IBondingManager bondingManager) {
        TOKEN = token;
        ROUNDS_MANAGER = roundsManager;
        BONDING_MANAGER = bondingManager;
        _disableInitializers();
    }

    /// @inheritdoc IServiceRegistry
    function initialize(address authority, Parameters calldata parameters_) external initializer {
        __AccessManaged_init(authority);
        __Pausable_init();
        _setParameters(parameters_);
        _defineService("CPUTranscoding", "Deterministic transcoding in software", address(0), 0);
        _defineService("GPUTranscoding", "Transcoding with hardware encoders", address(0), 0);
        _defineService("SegmentVerification", "A second opinion on a transcoded segment", address(0), 0);
    }

    // --- Modifiers ---

    modifier onlyRegistered() {
        require(BONDING_MANAGER.isRegistered(msg.sender), ServiceRegistryNotRegistered(msg.sender));
        _;
    }

    // --- Services ---

    /// @inheritdoc IServiceRegistry
    function defineService(
        string calldata name,
        string calldata metadata
    ) external whenNotPaused nonReentrant returns (bytes32 id) {
        uint96 deposit = _storage().parameters.serviceDeposit;
        id = _defineService(name, metadata, msg.sender, deposit);

        // Interactions
        TOKEN.safeTransferFrom(msg.sender, address(this), deposit);
    }

    /// @inheritdoc IServiceRegistry
    function withdrawService(bytes32 id) external nonReentrant {
        ServiceRegistryStorage storage $ = _storage();
        _requireService(id);
        Service storage service = $.services[id];
        require(msg.sender == service.definer, ServiceRegistryNotDefiner(msg.sender, service.definer));
        uint256 offers = $.lists[id][ALL_REGIONS].length();
        require(offers == 0, ServiceRegistryServiceOffered(id, offers));
        Verification memory latest = verificationAt(id, type(uint256).max);
        require(
            latest.module == address(0) && latest.fromRound <= ROUNDS_MANAGER.currentRound(),
            ServiceRegistryServiceVerified(id, latest.module, latest.fromRound)
        );

        uint256 deposit = service.deposit;
        delete $.services[id];
        emit ServiceWithdrawn(id, msg.sender, deposit);

        // Interactions
        TOKEN.safeTransfer(msg.sender, deposit);
    }

    // --- Offers ---

    /// @inheritdoc IServiceRegistry
    function setServiceURI(string calldata uri) external onlyRegistered {
        _requireLength(bytes(uri).length, 1, MAX_TEXT);

        _storage().offers[msg.sender].uri = uri;
        emit ServiceURIChanged(msg.sender, uri);
    }

    /// @inheritdoc IServiceRegistry
    function setServices(bytes32[] calldata ids) external onlyRegistered {
        require(ids.length <= MAX_SERVICES, ServiceRegistryTooMany(ids.length, MAX_SERVICES));
        for (uint256 i = 0; i < ids.length; ++i) {
            if (i != 0) require(ids[i - 1] < ids[i], ServiceRegistryServicesNotAscending(ids[i - 1], ids[i]));
            _requireService(ids[i]);
        }
        StoredOffer storage offer = _storage().offers[msg.sender];
        require(ids.length == 0 || bytes(offer.uri).length != 0, ServiceRegistryNoURI(msg.sender));
        _requirePairs(ids.length, offer.regions.length);

        bool before = _isListed(offer, msg.sender);
        if (before) _setListed(offer, msg.sender, false);
        offer.services = ids;
        emit ServicesChanged(msg.sender, ids);
        _settle(offer, msg.sender, before);
    }

    /// @inheritdoc IServiceRegistry
    function setRegions(uint64[] calldata regions) external onlyRegistered {
        require(regions.length <= MAX_REGIONS, ServiceRegistryTooMany(regions.length, MAX_REGIONS));
        for (uint256 i = 0; i < regions.length; ++i) {
            // A reserved bit 0, mode 1 (cell) in four bits, and three reserved bits 0.
            require(regions[i] >> 56 == 0x08, ServiceRegistryNotACell(regions[i]));
            if (i == 0) continue;
            require(regions[i - 1] < regions[i], ServiceRegistryRegionsNotAscending(regions[i - 1], regions[i]));
        }
        StoredOffer storage offer = _storage().offers[msg.sender];
        _requirePairs(offer.services.length, regions.length);

        bool before = _isListed(offer, msg.sender);
        if (before) _setListed(offer, msg.sender, false);
        offer.regions = regions;
        emit RegionsChanged(msg.sender, regions);
        _settle(offer, msg.sender, before);
    }

    /// @inheritdoc IServiceRegistry
    function refresh(address orchestrator) external returns (bool listed) {
        StoredOffer storage offer = _storage().offers[orchestrator];
        bool before = _isListed(offer, orchestrator);
        listed = _mayBeListed(offer, orchestrator);
        if (listed == before) return listed; // keeps its place: nobody's call moves an offer under a reader

        _setListed(offer, orchestrator, listed);
        emit ListingChanged(orchestrator, listed);
    }

    // --- Governance actions ---

    /// @inheritdoc IServiceRegistry
    function approveVerification(
        bytes32 id,
        address module,
        bytes32 program
    ) external restricted returns (uint256 fromRound) {
        _requireService(id);
        require(
            (module == address(0)) == (program == bytes32(0)),
            ServiceRegistryIncompleteVerification(module, program)
        );
        require(module == address(0) || module.code.length != 0, ServiceRegistryModuleWithoutCode(module));
        Verification memory latest = verificationAt(id, type(uint256).max);
        uint256 round = ROUNDS_MANAGER.currentRound();
        require(latest.fromRound <= round, ServiceRegistryVerificationPending(id, latest.fromRound));
        require(
            module != latest.module || program != latest.program,
            ServiceRegistryVerificationUnchanged(id, module, program)
        );

        fromRound = round + BONDING_MANAGER.parameters().unbondingPeriod + 1;
        _storage().verifications[id].push(Verification(module, fromRound.toUint64(), program));
        emit VerificationApproved(id, module, program, fromRound);
    }

    /// @inheritdoc IServiceRegistry
    function cancelVerification(bytes32 id) external restricted {
        Verification memory latest = verificationAt(id, type(uint256).max);
        require(latest.fromRound > ROUNDS_MANAGER.currentRound(), ServiceRegistryNothingPending(id));

        _storage().verifications[id].pop();
        emit VerificationCancelled(id, latest.module, latest.program, latest.fromRound);
    }

    /// @inheritdoc IServiceRegistry
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IServiceRegistry
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IServiceRegistry
    function setParameters(Parameters calldata newParameters) external restricted {
        _setParameters(newParameters);
    }

    // --- Views ---

    /// @inheritdoc IServiceRegistry
    function getOffer(address orchestrator) external view returns (Offer memory) {
        StoredOffer storage offer = _storage().offers[orchestrator];
        return Offer(offer.uri, offer.services, offer.regions, _isListed(offer, orchestrator));
    }

    /// @inheritdoc IServiceRegistry
    function serviceOf(bytes32 id) external view returns (Service memory) {
        _requireService(id);
        return _storage().services[id];
    }

    /// @inheritdoc IServiceRegistry
    function verificationAt(bytes32 id, uint256 round) public view returns (Verification memory verification) {
        Verification[] storage verifications = _storage().verifications[id];
        for (uint256 i = verifications.length; i != 0; --i) {
            verification = verifications[i - 1];
            if (verification.fromRound <= round) return verification;
        }
        return Verification(address(0), 0, 0);
    }

    /// @inheritdoc IServiceRegistry
    function offerCount(bytes32 service, uint64 region) external view returns (uint256) {
        return _storage().lists[service][region].length();
    }

    /// @inheritdoc IServiceRegistry
    function list(
        bytes32 service,
        uint64 region,
        uint256 minStake,
        uint256 cursor,
        uint256 limit
    ) external view returns (Listing[] memory page, uint256 nextCursor) {
        _requireService(service);
        require(limit != 0 && limit <= MAX_PAGE, ServiceRegistryPageOutOfBounds(limit, 1, MAX_PAGE));

        // Backwards, because a set fills the place of what it removes with its last member: that one has been seen, or is still ahead.
        EnumerableSet.AddressSet storage members = _storage().lists[service][region];
        uint256 end = members.length();
        if (cursor != 0) end = Math.min(cursor, end);
        nextCursor = end > limit ? end - limit : 0;

        page = new Listing[](end - nextCursor);
        uint256 found = 0;
        for (uint256 i = end; i > nextCursor; --i) {
            address orchestrator = members.at(i - 1);
            // Asked first, as it reads three slots: the stake has to be computed.
            if (!BONDING_MANAGER.isActive(orchestrator)) continue;
            uint256 stake = BONDING_MANAGER.getOrchestrator(orchestrator).totalStake;
            if (stake < minStake) continue;
            StoredOffer storage offer = _storage().offers[orchestrator];
            page[found++] = Listing(orchestrator, offer.uri, stake, offer.regions);
        }
        assembly ("memory-safe") {
            mstore(page, found) // shortens the array to what was found
        }
    }

    /// @inheritdoc IServiceRegistry
    function parameters() external view returns (Parameters memory) {
        return _storage().parameters;
    }

    // --- Internals ---

    function _defineService(
        string memory name,
        string memory metadata,
        address definer,
        uint96 deposit
    ) private returns (bytes32 id) {
        _requireLength(bytes(name).length, 1, MAX_NAME);
        _requireLength(bytes(metadata).length, 0, MAX_TEXT);
        id = keccak256(bytes(name));
        Service storage service = _storage().services[id];
        require(bytes(service.name).length == 0, ServiceRegistryServiceExists(id));

        service.name = name;
        service.metadata = metadata;
        service.definer = definer;
        service.deposit = deposit;
        emit ServiceDefined(id, definer, name, metadata, deposit);
    }

    /// @dev After a change of an offer that is in no list: lists it if it may be, and tells if that differs from `before`.
    function _settle(StoredOffer storage offer, address orchestrator, bool before) private {
        bool listed = _mayBeListed(offer, orchestrator);
        if (listed) _setListed(offer, orchestrator, true);
        if (listed != before) emit ListingChanged(orchestrator, listed);
    }

    /// @dev Puts an offer into all its lists, or takes it out of them: for each of its services the list of all offers, and that of each of its
    /// regions.
    function _setListed(StoredOffer storage offer, address orchestrator, bool listed) private {
        bytes32[] memory services = offer.services;
        uint64[] memory regions = offer.regions;
        if (regions.length == 0) regions = new uint64[](1); // NO_REGION

        for (uint256 i = 0; i < services.length; ++i) {
            if (listed) _requireService(services[i]); // it may have been withdrawn while the offer was not listed
            mapping(uint64 region => EnumerableSet.AddressSet) storage lists = _storage().lists[services[i]];
            _setMember(lists[ALL_REGIONS], orchestrator, listed);
            for (uint256 j = 0; j < regions.length; ++j) _setMember(lists[regions[j]], orchestrator, listed);
        }
    }

    function _setMember(EnumerableSet.AddressSet storage set, address orchestrator, bool member) private {
        if (member) set.add(orchestrator);
        else set.remove(orchestrator);
    }

    function _mayBeListed(StoredOffer storage offer, address orchestrator) private view returns (bool) {
        return offer.services.length != 0 && BONDING_MANAGER.isActive(orchestrator);
    }

    /// @dev An offer is in all its lists or in none, so one of them answers.
    function _isListed(StoredOffer storage offer, address orchestrator) private view returns (bool) {
        if (offer.services.length == 0) return false;
        return _storage().lists[offer.services[0]][ALL_REGIONS].contains(orchestrator);
    }

    function _setParameters(Parameters calldata p) private {
        require(
            p.serviceDeposit >= MIN_SERVICE_DEPOSIT && p.serviceDeposit <= MAX_SERVICE_DEPOSIT,
            ServiceRegistryDepositOutOfBounds(p.serviceDeposit, MIN_SERVICE_DEPOSIT, MAX_SERVICE_DEPOSIT)
        );

        emit ParametersChanged(_storage().parameters, p);
        _storage().parameters = p;
    }

    function _requireService(bytes32 id) private view {
        require(bytes(_storage().services[id].name).length != 0, ServiceRegistryUnknownService(id));
    }

    function _requirePairs(uint256 services, uint256 regions) private pure {
        uint256 pairs = services * Math.max(regions, 1);
        require(pairs <= MAX_PAIRS, ServiceRegistryTooManyPairs(pairs, MAX_PAIRS));
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

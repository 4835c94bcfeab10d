// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IServiceRegistry
/// @notice Which services exist, and which orchestrator offers which of them, where and at what address. Source: Streamflow paper,
/// "Service Registry".
/// @dev Everything here can be rebuilt from events. Lists are read in pages of bounded work.
interface IServiceRegistry {
    /// @notice A kind of work.
    struct Service {
        /// @dev 1 to 64 bytes. Its keccak256 is the service's id.
        string name;
        /// @dev Up to 256 bytes, for people or clients: a URI or a short description.
        string metadata;
    }

    /// @notice One entry of a list.
    struct Listing {
        address orchestrator;
        string uri;
        /// @dev {wei LPT} Stake behind the orchestrator now.
        uint256 stake;
        uint64[] regions;
    }

    /// @notice Service `id` exists now.
    event ServiceDefined(bytes32 indexed id, string name, string metadata);
    /// @notice `orchestrator` is reached at `uri`.
    event ServiceURIChanged(address indexed orchestrator, string uri);
    /// @notice `orchestrator` offers exactly `services`.
    event ServicesChanged(address indexed orchestrator, bytes32[] services);
    /// @notice `orchestrator` works in exactly `regions`.
    event RegionsChanged(address indexed orchestrator, uint64[] regions);

    /// @notice The caller is no registered orchestrator.
    error ServiceRegistryNotRegistered(address caller);
    /// @notice A text's length {byte} is outside `[least, most]`.
    error ServiceRegistryLengthOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice A list has more than `most` entries.
    error ServiceRegistryTooMany(uint256 have, uint256 most);
    /// @notice No such service.
    error ServiceRegistryUnknownService(bytes32 id);
    /// @notice The service is named twice.
    error ServiceRegistryDuplicateService(bytes32 id);
    /// @notice The service exists already.
    error ServiceRegistryServiceExists(bytes32 id);
    /// @notice A page's size is outside `[least, most]`.
    error ServiceRegistryPageOutOfBounds(uint256 have, uint256 least, uint256 most);

    /// @notice Sets the authority and defines CPUTranscoding, GPUTranscoding and SegmentVerification.
    /// @dev Who may call: the proxy's first upgrade, once.
    /// @param authority The AccessManager.
    function initialize(address authority) external;

    /// @notice Sets the address at which the caller is reached; emits {ServiceURIChanged}.
    /// @dev Who may call: a registered orchestrator. The text is not judged here: whoever reads it validates it.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - `uri` has 1 to 256 bytes.
    function setServiceURI(string calldata uri) external;

    /// @notice Replaces the services that the caller offers; emits {ServicesChanged}. An empty list withdraws the offer.
    /// @dev Who may call: a registered orchestrator.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - at most 16 services, each of them defined, none twice.
    /// @param ids Service ids.
    function setServices(bytes32[] calldata ids) external;

    /// @notice Replaces the regions in which the caller works; emits {RegionsChanged}. None means anywhere.
    /// @dev Who may call: a registered orchestrator. Cells are not judged here.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - at most 32 regions.
    /// @param regions H3 cell indices.
    function setRegions(uint64[] calldata regions) external;

    /// @notice Defines a service; emits {ServiceDefined}.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - `name` has 1 to 64 bytes, `metadata` at most 256;
    /// - no service has that name.
    /// @return id keccak256(bytes(name)).
    function defineService(string calldata name, string calldata metadata) external returns (bytes32 id);

    /// @notice What `orchestrator` advertises, active or not. Empty where it has set nothing.
    function getOffer(
        address orchestrator
    ) external view returns (string memory uri, bytes32[] memory services, uint64[] memory regions);

    /// @notice The service with `id`.
    ///
    /// Requirements:
    /// - it exists.
    function serviceOf(bytes32 id) external view returns (Service memory);

    /// @notice {1} How many orchestrators offer `service`, inactive ones included.
    function offerCount(bytes32 service) external view returns (uint256);

    /// @notice One page of the orchestrators that offer `service`, are active, have a URI and at least `minStake` behind them.
    /// @dev Walks the offers `cursor` to `cursor + limit − 1` and leaves out what does not fit, so a page costs at most `limit` look-ups and may be
    /// short, even empty, without being the last. An offer that is withdrawn between two pages moves the last one into its
    /// place: read again, or follow the events, for a complete list.
    ///
    /// Requirements:
    /// - the service exists;
    /// - `limit` is 1 to 100.
    /// @param service Service id.
    /// @param minStake {wei LPT} Least stake.
    /// @param cursor 0 for the first page, then what the last page returned.
    /// @param limit {1} How many offers to look at.
    /// @return page What was found.
    /// @return nextCursor Where to go on; 0 = there is no more.
    function list(
        bytes32 service,
        uint256 minStake,
        uint256 cursor,
        uint256 limit
    ) external view returns (Listing[] memory page, uint256 nextCursor);
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IServiceRegistry
/// @notice Which services exist, what judges their receipts, and which orchestrator offers which of them, where and at what address.
/// Sources: Streamflow paper, "Service Registry"; LIP-3.
/// @dev Everything here can be rebuilt from events, except the order in which offers are listed.
///
/// An offer is *listed* while its orchestrator is active, as far as somebody has looked: its own writes look, and so does {refresh}, which
/// anyone may call. Without stake nobody gets into a list, so a page is never filled by who has nothing to lose.
interface IServiceRegistry {
    /// @notice A kind of work.
    struct Service {
        /// @dev 1 to 64 bytes. Its keccak256 is the service's id.
        string name;
        /// @dev Up to 256 bytes, for people or clients: a URI or a short description.
        string metadata;
        /// @dev Who may withdraw it; zero for the canonical services.
        address definer;
        /// @dev {wei LPT} What its definer gets back.
        uint96 deposit;
    }

    /// @notice What judges the receipts of a service from a round on. All zero: nothing does.
    struct Verification {
        /// @dev The contract that settles a dispute.
        address module;
        /// @dev {round} Created in this round or later.
        uint64 fromRound;
        /// @dev Hash of the program that the module executes.
        bytes32 program;
    }

    /// @notice What an orchestrator advertises.
    struct Offer {
        /// @dev 1 to 256 bytes; empty if it was never set.
        string uri;
        /// @dev Service ids, ascending, at most 16.
        bytes32[] services;
        /// @dev H3 cells, ascending, at most 32; none means anywhere.
        uint64[] regions;
        /// @dev Whether the lists hold it.
        bool listed;
    }

    /// @notice One entry of a list.
    struct Listing {
        address orchestrator;
        string uri;
        /// @dev {wei LPT} Stake behind the orchestrator now.
        uint256 stake;
        uint64[] regions;
    }

    /// @notice Governed values.
    struct Parameters {
        /// @dev {wei LPT} What defining a service needs. 1 to 100,000 LPT.
        uint96 serviceDeposit;
    }

    /// @notice Service `id` exists now; `definer` left `deposit` {wei LPT} for it, or nobody did.
    event ServiceDefined(bytes32 indexed id, address indexed definer, string name, string metadata, uint256 deposit);
    /// @notice Service `id` exists no more; `definer` has `deposit` {wei LPT} back.
    event ServiceWithdrawn(bytes32 indexed id, address indexed definer, uint256 deposit);
    /// @notice Receipts of service `id` created in `fromRound` or later are judged by `program` on `module`; by nothing if both are zero.
    event VerificationApproved(bytes32 indexed id, address indexed module, bytes32 indexed program, uint256 fromRound);
    /// @notice The approval for service `id` that would have held from `fromRound` never will.
    event VerificationCancelled(bytes32 indexed id, address indexed module, bytes32 indexed program, uint256 fromRound);
    /// @notice `orchestrator` is reached at `uri`.
    event ServiceURIChanged(address indexed orchestrator, string uri);
    /// @notice `orchestrator` offers exactly `services`.
    event ServicesChanged(address indexed orchestrator, bytes32[] services);
    /// @notice `orchestrator` works in exactly `regions`.
    event RegionsChanged(address indexed orchestrator, uint64[] regions);
    /// @notice From now on the offer of `orchestrator`, as it is or as it will be changed, is in the lists, or is not.
    event ListingChanged(address indexed orchestrator, bool listed);
    /// @notice Parameters changed.
    event ParametersChanged(Parameters oldParameters, Parameters newParameters);

    /// @notice The caller is no registered orchestrator.
    /// @dev Call `register` of the BondingManager from this account first, or use the account that did.
    error ServiceRegistryNotRegistered(address caller);
    /// @notice A text's length {byte} is outside `[least, most]`.
    /// @dev Give a text of `least` to `most` bytes in UTF-8.
    error ServiceRegistryLengthOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice A list has more than `most` entries.
    /// @dev Name at most `most`: leave services out, or name a common ancestor instead of several cells.
    error ServiceRegistryTooMany(uint256 have, uint256 most);
    /// @notice Services × regions of an offer are more than `most`.
    /// @dev Name fewer services, or replace regions by a common ancestor cell or by none, which means anywhere.
    error ServiceRegistryTooManyPairs(uint256 have, uint256 most);
    /// @notice The caller has no URI yet, so there would be nothing to list.
    /// @dev Call `setServiceURI` first.
    error ServiceRegistryNoURI(address caller);
    /// @notice Services are not strictly ascending: unordered, or one is named twice.
    /// @dev Sort the ids as numbers, smallest first, and drop those that are named twice.
    error ServiceRegistryServicesNotAscending(bytes32 previous, bytes32 next);
    /// @notice Regions are not strictly ascending: unordered, or one is named twice.
    /// @dev Sort the cells as numbers, smallest first, and drop those that are named twice.
    error ServiceRegistryRegionsNotAscending(uint64 previous, uint64 next);
    /// @notice The number is no H3 cell: its first byte is not 0x08.
    /// @dev Give the index of an H3 cell, not of an edge or a vertex, as a 64-bit number.
    error ServiceRegistryNotACell(uint64 region);
    /// @notice No such service.
    /// @dev Check the id, the keccak256 of the exact name; if the service was withdrawn, name another or define it again.
    error ServiceRegistryUnknownService(bytes32 id);
    /// @notice The service exists already.
    /// @dev Use the service that exists, or choose another name.
    error ServiceRegistryServiceExists(bytes32 id);
    /// @notice The caller did not define the service.
    /// @dev Call from `need`; a service of the zero address is canonical and stays.
    error ServiceRegistryNotDefiner(address have, address need);
    /// @notice That many listed offers name the service.
    /// @dev Call `refresh` for each orchestrator that is no longer active, and wait until the others offer something else.
    error ServiceRegistryServiceOffered(bytes32 id, uint256 offers);
    /// @notice Receipts of the service are judged, or will be, or were until now {round}.
    /// @dev Wait until round `fromRound` if `module` is zero; otherwise governance has to approve first that nothing judges it.
    error ServiceRegistryServiceVerified(bytes32 id, address module, uint256 fromRound);
    /// @notice One of module and program is zero and the other is not.
    /// @dev Name both the module and the program; name neither to end the verification.
    error ServiceRegistryIncompleteVerification(address module, bytes32 program);
    /// @notice There is no contract at `module`.
    /// @dev Deploy the module first, and check its address and the chain.
    error ServiceRegistryModuleWithoutCode(address module);
    /// @notice An approval for the service is waiting for `fromRound`.
    /// @dev Wait until round `fromRound`, or call `cancelVerification` first.
    error ServiceRegistryVerificationPending(bytes32 id, uint256 fromRound);
    /// @notice No approval for the service is waiting.
    /// @dev Approve another verification, or none, to end one that holds already.
    error ServiceRegistryNothingPending(bytes32 id);
    /// @notice Exactly this holds already.
    /// @dev Do nothing: the latest approval says this already.
    error ServiceRegistryVerificationUnchanged(bytes32 id, address module, bytes32 program);
    /// @notice The deposit is outside `[least, most]` {wei LPT}.
    /// @dev Choose a deposit between `least` and `most` {wei LPT}.
    error ServiceRegistryDepositOutOfBounds(uint256 have, uint256 least, uint256 most);
    /// @notice A page's size is outside `[least, most]`.
    /// @dev Ask for `least` to `most` offers, and go on from `nextCursor`.
    error ServiceRegistryPageOutOfBounds(uint256 have, uint256 least, uint256 most);

    /// @notice Sets the parameters and defines CPUTranscoding, GPUTranscoding and SegmentVerification, which nobody can withdraw; emits
    /// {ParametersChanged} with zeroes as the old ones, and {ServiceDefined} three times.
    /// @dev Who may call: the proxy's first upgrade, once.
    ///
    /// Requirements:
    /// - the bounds of {Parameters}.
    /// @param authority The AccessManager.
    /// @param parameters_ First parameters.
    function initialize(address authority, Parameters calldata parameters_) external;

    /// @notice Defines a service and takes the service deposit from the caller; emits {ServiceDefined}.
    /// @dev Who may call: anyone. Nobody judges name and metadata: `CPUTranscoding ` with a space is another service.
    ///
    /// Requirements:
    /// - defining is not paused;
    /// - `name` has 1 to 64 bytes, `metadata` at most 256;
    /// - no service has that name;
    /// - the caller has approved this contract for the deposit and holds it.
    /// @return id keccak256(bytes(name)).
    function defineService(string calldata name, string calldata metadata) external returns (bytes32 id);

    /// @notice Removes a service and returns its deposit to the caller; emits {ServiceWithdrawn}. Never paused. The name is free again.
    /// @dev Who may call: who defined it. Offers that are not listed do not hold it; they cannot be listed again until their orchestrator has
    /// named other services. {refresh} first whoever is listed but no longer active. Past receipts keep their verification function.
    ///
    /// Requirements:
    /// - the service exists;
    /// - the caller defined it;
    /// - no listed offer names it;
    /// - no verification function is approved for it, now or for a later round.
    function withdrawService(bytes32 id) external;

    /// @notice Sets the address at which the caller is reached; emits {ServiceURIChanged}.
    /// @dev Who may call: a registered orchestrator. The text is not judged here: whoever reads it validates it.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - `uri` has 1 to 256 bytes.
    function setServiceURI(string calldata uri) external;

    /// @notice Replaces the services that the caller offers; emits {ServicesChanged}, and {ListingChanged} if the caller's activity or an empty
    /// list changes that. An empty list withdraws the offer.
    /// @dev Who may call: a registered orchestrator. Setting the regions first saves listing twice.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - at most 16 services, strictly ascending, each of them defined;
    /// - the caller has a URI, unless the list is empty;
    /// - services × regions are at most 64; no regions count as one.
    /// @param ids Service ids.
    function setServices(bytes32[] calldata ids) external;

    /// @notice Replaces the regions in which the caller works; emits {RegionsChanged}, and {ListingChanged} if the caller's activity changed. None
    /// means anywhere.
    /// @dev Who may call: a registered orchestrator. Of a cell only its first byte is judged: a cell that does not exist is one that nobody asks for.
    ///
    /// Requirements:
    /// - the caller is registered;
    /// - at most 32 H3 cells, strictly ascending;
    /// - services × regions are at most 64;
    /// - if the caller is active, each service of its offer is still defined.
    /// @param regions H3 cell indices.
    function setRegions(uint64[] calldata regions) external;

    /// @notice Lists the offer of `orchestrator` if it is active, and drops it from the lists if it is not; emits {ListingChanged} if that is a
    /// change.
    /// @dev Who may call: anyone. Reads the stored flag: after a change of the minimum stakes, {IBondingStake-reward} comes first.
    ///
    /// Requirements:
    /// - to be listed, each service of the offer is still defined.
    /// @return listed Whether the offer is listed now.
    function refresh(address orchestrator) external returns (bool listed);

    /// @notice Approves what judges the receipts of service `id`, or that nothing does; emits {VerificationApproved}.
    /// @dev Who may call: governance. It can take stake, so it binds only receipts of the round `now + unbondingPeriod + 1` and later, by the unbonding
    /// period of this moment: who unbonds in this round or in the next one is out before. A removal waits as long.
    ///
    /// Requirements:
    /// - the service exists;
    /// - `module` and `program` are both zero or neither is;
    /// - `module` has code, unless it is zero;
    /// - no approval for the service is waiting;
    /// - it is not what holds already.
    /// @param module The contract that settles a dispute; zero to remove.
    /// @param program Hash of the program that it executes; zero to remove.
    /// @return fromRound {round} First round whose receipts it binds.
    function approveVerification(bytes32 id, address module, bytes32 program) external returns (uint256 fromRound);

    /// @notice Takes back an approval that is waiting; emits {VerificationCancelled}.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - an approval for the service is waiting: its first round has not begun.
    function cancelVerification(bytes32 id) external;

    /// @notice Stops `defineService`, and nothing else.
    /// @dev Who may call: governance.
    function pause() external;

    /// @notice Allows it again.
    /// @dev Who may call: governance.
    function unpause() external;

    /// @notice Changes the parameters; emits {ParametersChanged}. Services keep the deposit that they were defined with.
    /// @dev Who may call: governance.
    ///
    /// Requirements:
    /// - the bounds of {Parameters}.
    function setParameters(Parameters calldata newParameters) external;

    /// @notice What `orchestrator` advertises, listed or not. Empty where it has set nothing.
    function getOffer(address orchestrator) external view returns (Offer memory);

    /// @notice The service with `id`.
    ///
    /// Requirements:
    /// - it exists.
    function serviceOf(bytes32 id) external view returns (Service memory);

    /// @notice What judges receipts of service `id` that were created in `round`; zeroes if nothing does. Answers for withdrawn services, too.
    /// @dev For a round that has begun, the answer never changes. For later rounds it says what is planned: with the highest number, the latest
    /// approval. Walks back from the newest approval, of which each has at least two rounds of its own: the younger the receipt, the cheaper.
    /// @param round {round} Creation round of the receipt.
    function verificationAt(bytes32 id, uint256 round) external view returns (Verification memory);

    /// @notice {1} How many offers the list of `service` and `region` holds; see {list}.
    function offerCount(bytes32 service, uint64 region) external view returns (uint256);

    /// @notice One page of the listed offers of `service`: those that name exactly the cell `region`; with region 0, those that name no region; with
    /// region 2^64 − 1, all. Left out are orchestrators that are no longer active or have less than `minStake` behind them.
    /// @dev Walks back from the newest offer, so it costs at most `limit` look-ups however many orchestrators have registered, and may be short,
    /// even empty, without being the last. An offer that stays listed during the walk is found, whatever comes and goes between two pages; one
    /// may be found twice. "Near a cell" is this list for the cell, for each of its H3 ancestors, and for 0.
    ///
    /// Requirements:
    /// - the service exists;
    /// - `limit` is 1 to 100.
    /// @param service Service id.
    /// @param region H3 cell, 0 or 2^64 − 1.
    /// @param minStake {wei LPT} Least stake.
    /// @param cursor 0 for the first page, then what the last page returned.
    /// @param limit {1} How many offers to look at.
    /// @return page What was found.
    /// @return nextCursor Where to go on; 0 = there is no more.
    function list(
        bytes32 service,
        uint64 region,
        uint256 minStake,
        uint256 cursor,
        uint256 limit
    ) external view returns (Listing[] memory page, uint256 nextCursor);

    /// @notice The parameters.
    function parameters() external view returns (Parameters memory);
}

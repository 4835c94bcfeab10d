// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBonding} from "../../contracts/interfaces/IBonding.sol";
import {IBondingFaults} from "../../contracts/interfaces/IBondingFaults.sol";
import {IBondingLedger} from "../../contracts/interfaces/IBondingLedger.sol";
import {IBondingStake} from "../../contracts/interfaces/IBondingStake.sol";
import {ILivepeerToken} from "../../contracts/interfaces/ILivepeerToken.sol";
import {ITicketBroker} from "../../contracts/interfaces/ITicketBroker.sol";
import {Tickets} from "../../contracts/libraries/Tickets.sol";
import {VerificationMockForBondingManager} from "../../contracts/test/Verification__MockForBondingManager.sol";
import {Packing} from "./Packing.sol";
import {VM} from "./IVm.sol";
import {Watched} from "./Watched.sol";

/// @notice Actions on the protocol that are likely to succeed, by a few orchestrators and delegators, in any order.
/// @dev Reverts exactly where the protocol is wrong.
contract StakingHandler is Watched {
    struct Dispute {
        address orchestrator;
        uint256 fault;
    }

    struct Booking {
        address orchestrator;
        uint256 round;
    }

    uint256 private constant ORCHESTRATORS = 4;
    uint256 private constant DELEGATORS = 8;
    /// @dev {wei LPT} What each of them gets at the beginning, and bonds at most at once.
    uint256 private constant PURSE = 500_000e18;
    uint256 private constant MOST_BONDED = 100_000e18;
    uint256 private constant LEAST_BONDED = 0.01e18;
    /// @dev {1} Open ones, so that they do not stop all bonding.
    uint256 private constant MOST_DISPUTES = 3;
    /// @dev {round} Of one wait.
    uint256 private constant LONGEST_WAIT = 40;
    /// @dev {wei ETH} The broadcaster's deposit.
    uint256 private constant DEPOSIT = 1_000_000 ether;
    uint256 private constant BROADCASTER_KEY = 0xb0b;
    uint256 private constant RANDOM = 42;
    bytes32 private constant SERVICE = keccak256("CPUTranscoding");
    address private constant CHALLENGER = address(0xc0ffee);

    VerificationMockForBondingManager private immutable MODULE;

    /// @notice {wei ETH} What the contracts have paid out.
    uint256 public feesPaid;
    /// @notice {wei ETH} All fees that tickets have brought.
    uint256 public feesBooked;
    Dispute[] private _disputes;
    Booking[] private _bookings;
    uint32 private _tickets;

    /// @notice A lock that is due is not paid as it stands, or one that is not due is {round; wei LPT}.
    error WrongExit(address owner, uint256 lockId, uint256 round, uint256 due, uint256 held, uint256 received);

    /// @notice An orchestrator that resigned has stake {wei LPT}, or will be active.
    error StillThere(address orchestrator, uint256 stake, bool active);

    constructor() {
        MODULE = new VerificationMockForBondingManager(BONDING);
        VM.warp(ROUNDS.roundStart(REGISTRY.approveVerification(SERVICE, address(MODULE), keccak256("program"))));
        for (uint256 i = 0; i < ORCHESTRATORS + DELEGATORS; ++i) {
            address actor = address(uint160(0x10000 + i));
            actors.push(actor);
            if (i < ORCHESTRATORS) orchestrators.push(actor);
            TOKEN.transfer(actor, PURSE);
            VM.prank(actor);
            TOKEN.approve(address(BONDING), type(uint256).max);
            VM.prank(actor);
            if (i < ORCHESTRATORS) BONDING.register(0.1e18, 0.5e18, 10_000e18);
            else BONDING.bond(10_000e18, orchestrators[i % ORCHESTRATORS]);
        }
        VM.deal(address(this), DEPOSIT);
        BROKER.fund{value: DEPOSIT}(VM.addr(BROADCASTER_KEY), 0);
    }

    // --- Stake ---

    function bond(uint256 who, uint256 behind, uint256 amount) external {
        address actor = _actor(who);
        uint256 most = TOKEN.balanceOf(actor);
        if (most < LEAST_BONDED) return _skip();
        amount = _bound(amount, LEAST_BONDED, most < MOST_BONDED ? most : MOST_BONDED);
        _act(actor, address(BONDING), abi.encodeCall(IBondingStake.bond, (amount, _choiceOf(actor, behind))));
    }

    function unbond(uint256 who, uint256 amount) external {
        address actor = _actor(who);
        IBonding.Delegator memory d = BONDING.getDelegator(actor);
        uint256 all = d.stake + d.waiting;
        if (all == 0) return _skip();
        // Every other time all of it: few parts leave a position that is large enough.
        amount = amount % 2 == 0 ? all : _bound(amount, 1, all);
        _unbond(actor, abi.encodeCall(IBondingStake.unbond, (amount)));
    }

    function unbondCommission(uint256 who, uint256 amount) external {
        address actor = _orchestrator(who);
        uint256 commission = BONDING.getOrchestrator(actor).commission;
        if (commission == 0) return _skip();
        _unbond(actor, abi.encodeCall(IBondingStake.unbondCommission, (_bound(amount, 1, commission))));
    }

    /// @dev Whoever resigns has nothing left of its own, and its activity ends where own stake is asked for.
    function resign(uint256 who) external {
        address actor = _orchestrator(who);
        if (!_unbond(actor, abi.encodeCall(IBondingStake.resign, ()))) return;
        IBonding.Delegator memory d = BONDING.getDelegator(actor);
        bool mayStay = BONDING.parameters().minimumSelfStake == 0;
        bool stays = BONDING.getOrchestrator(actor).activeNext && !mayStay;
        if (stays || d.stake + d.waiting != 0) revert StillThere(actor, d.stake + d.waiting, stays);
    }

    function rebond(uint256 which, uint256 behind) external {
        if (locks.length == 0) return _skip();
        uint256 index = which % locks.length;
        Lock memory lock = locks[index];
        address to = _choiceOf(lock.owner, behind);
        (bool success, ) = _act(lock.owner, address(BONDING), abi.encodeCall(IBondingStake.rebond, (lock.id, to)));
        if (success) _forget(index);
    }

    /// @dev Whatever is under dispute: from the round on that was told, a lock is paid as it stands, and not before (S5).
    function withdrawStake(uint256 which) external {
        if (locks.length == 0) return _skip();
        uint256 round = ROUNDS.currentRound();
        uint256 index = which % locks.length;
        for (uint256 i = 0; i < locks.length && locks[index].due > round; ++i) index = (index + 1) % locks.length;
        _withdraw(index, round);
    }

    // --- Orchestrators ---

    function setCommission(uint256 who, uint256 rewardCut, uint256 feeShare) external {
        bytes memory data = abi.encodeCall(
            IBondingStake.setCommission,
            (uint64(_bound(rewardCut, 0, 1e18)), uint64(_bound(feeShare, 0, 1e18)))
        );
        _act(_orchestrator(who), address(BONDING), data);
    }

    function reward(uint256 who) external {
        _act(address(this), address(BONDING), abi.encodeCall(IBondingStake.reward, (_orchestrator(who))));
    }

    function unjail(uint256 who) external {
        _act(_orchestrator(who), address(BONDING), abi.encodeCall(IBondingStake.unjail, ()));
    }

    // --- Faults ---

    function openDispute(uint256 who, uint256 ago) external {
        if (_disputes.length == MOST_DISPUTES) return _skip();
        Dispute memory dispute = Dispute(_orchestrator(who), ROUNDS.currentRound() - (ago % 2));
        (bool success, ) = _act(
            address(this),
            address(MODULE),
            abi.encodeCall(MODULE.openDispute, (SERVICE, dispute.orchestrator, dispute.fault))
        );
        if (success) _disputes.push(dispute);
    }

    function slash(uint256 which, uint256 fraction) external {
        if (_disputes.length == 0) return _skip();
        Dispute memory dispute = _disputes[which % _disputes.length];
        fraction = _bound(fraction, 1, 0.5e18);
        _act(
            address(this),
            address(MODULE),
            abi.encodeCall(MODULE.slash, (SERVICE, dispute.orchestrator, dispute.fault, fraction, CHALLENGER)),
            dispute.orchestrator,
            fraction
        );
    }

    function closeDispute(uint256 which) external {
        if (_disputes.length == 0) return _skip();
        uint256 index = which % _disputes.length;
        Dispute memory dispute = _disputes[index];
        (bool success, ) = _act(
            address(this),
            address(MODULE),
            abi.encodeCall(MODULE.closeDispute, (SERVICE, dispute.orchestrator, dispute.fault))
        );
        if (!success) return;
        _disputes[index] = _disputes[_disputes.length - 1];
        _disputes.pop();
    }

    // --- Fees ---

    /// @dev A ticket that always wins.
    function redeem(uint256 who, uint256 ago, uint256 amount) external {
        Tickets.Ticket memory ticket = Tickets.Ticket({
            recipient: _orchestrator(who),
            sender: VM.addr(BROADCASTER_KEY),
            faceValue: uint96(_bound(amount, 1, 10 ether)),
            winProb: 1e18,
            salt: 0,
            commitment: keccak256(abi.encode(RANDOM)),
            commitmentIndex: _tickets++,
            creationRound: uint32(ROUNDS.currentRound() - (ago % 3))
        });
        (bytes32 payer, bytes32 terms, bytes32 r, bytes32 vs) = Packing.sign(BROKER, BROADCASTER_KEY, ticket);
        (bool success, ) = _act(
            ticket.recipient,
            address(BROKER),
            abi.encodeCall(ITicketBroker.redeem, (payer, terms, RANDOM, r, vs))
        );
        if (!success) return;
        feesBooked += ticket.faceValue;
        _bookings.push(Booking(ticket.recipient, ticket.creationRound));
    }

    function pullFees(uint256 who, uint256 most) external {
        bytes memory data = abi.encodeCall(IBondingLedger.pullFees, (_orchestrator(who), _bound(most, 1, 5)));
        _act(address(this), address(BONDING), data);
    }

    function withdrawFees(uint256 who, uint256 ago) external {
        address actor = _actor(who);
        uint256 until = ago % 4 == 0 ? ROUNDS.currentRound() - (ago % 3) : type(uint256).max;
        bytes memory data = abi.encodeCall(IBondingLedger.withdrawFees, (payable(actor), until));
        (bool success, bytes memory answer) = _act(actor, address(BONDING), data);
        if (success) feesPaid += abi.decode(answer, (uint256));
    }

    // --- Time ---

    function waitWithin(uint256 time) external {
        _wait(block.timestamp + _bound(time, 1, ROUND_LENGTH / 4));
    }

    /// @dev To a moment at which something changes, or the second before.
    function waitForBoundary(uint256 which) external {
        uint256 next = ROUNDS.roundStart(ROUNDS.currentRound() + 1);
        if (which % 2 == 1) next += BONDING.parameters().challengeWindow;
        if (which % 4 > 1 && next - 1 > block.timestamp) next -= 1;
        _wait(next);
    }

    function waitForRounds(uint256 count) external {
        // Mostly few, or nothing would be young.
        count = count % 4 == 0 ? _bound(count, 1, LONGEST_WAIT) : 1 + (count % 3);
        _wait(block.timestamp + count * ROUND_LENGTH);
    }

    // --- Governance, holders ---

    function setParameters(uint256 minimum, uint256 own, uint256 period, uint256 allowance) external {
        IBonding.Parameters memory p = _parameters();
        // Dust alone does not earn: where nobody else is active it would grow without bound, and beside it what was rounded away before.
        p.minimumStake = uint96(_bound(minimum, 1e18, 50_000e18));
        p.minimumSelfStake = uint96(_bound(own, 0, p.minimumStake));
        p.unbondingPeriod = uint16(_bound(period, 1, 6));
        p.faultAllowance = uint8(allowance % 4 == 0 ? 1 : 0);
        _act(address(this), address(BONDING), abi.encodeCall(IBondingFaults.setParameters, (p)));
    }

    /// @dev Rounds that are over and not settled mint by the supply that is left, so they are settled first.
    function burn(uint256 who, uint256 amount) external {
        address actor = _actor(who);
        settle();
        amount = _bound(amount, 0, TOKEN.balanceOf(actor) / 100);
        (bool success, ) = _act(actor, address(TOKEN), abi.encodeCall(ILivepeerToken.burn, (amount)));
        if (success) burnt += amount;
    }

    // --- Everybody out ---

    /// @dev All stake leaves, all locks are withdrawn and all fees paid, with open disputes as they are.
    function letAllOut() external {
        for (uint256 i = 0; i < actors.length; ++i) {
            IBonding.Delegator memory d = BONDING.getDelegator(actors[i]);
            if (d.stake + d.waiting == 0) continue;
            _unbond(actors[i], abi.encodeCall(IBondingStake.unbond, (d.stake + d.waiting)));
        }
        VM.warp(block.timestamp + LONGEST_WAIT * ROUND_LENGTH);
        settle();
        for (uint256 i = 0; i < orchestrators.length; ++i) {
            uint256 commission = BONDING.getOrchestrator(orchestrators[i]).commission;
            if (commission != 0) {
                _unbond(orchestrators[i], abi.encodeCall(IBondingStake.unbondCommission, (commission)));
            }
            BONDING.pullFees(orchestrators[i], type(uint256).max);
        }
        VM.warp(block.timestamp + LONGEST_WAIT * ROUND_LENGTH);
        uint256 round = ROUNDS.currentRound();
        // What a lock is worth never falls when others of its cohort go first: it is rounded down.
        uint256[] memory promised = new uint256[](locks.length);
        for (uint256 i = 0; i < promised.length; ++i) {
            promised[i] = BONDING.getUnbondingLock(locks[i].owner, locks[i].id).amount;
        }
        for (uint256 i = promised.length; i != 0; --i) {
            Lock memory lock = locks[i - 1];
            uint256 received = _withdraw(i - 1, round);
            if (received < promised[i - 1]) {
                revert WrongExit(lock.owner, lock.id, round, lock.due, promised[i - 1], received);
            }
        }
        for (uint256 i = 0; i < actors.length; ++i) {
            VM.prank(actors[i]);
            feesPaid += BONDING.withdrawFees(payable(actors[i]), type(uint256).max);
        }
    }

    // --- Views ---

    /// @notice {wei ETH} Fees that were booked and not handed over yet.
    function feesPending() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _bookings.length; ++i) {
            Booking memory booking = _bookings[i];
            bool counted = false;
            for (uint256 j = 0; j < i && !counted; ++j) {
                counted = _bookings[j].orchestrator == booking.orchestrator && _bookings[j].round == booking.round;
            }
            if (!counted) sum += BROKER.feesOf(booking.orchestrator, booking.round);
        }
    }

    function deposit() external view returns (uint256) {
        return BROKER.getSender(VM.addr(BROADCASTER_KEY)).deposit;
    }

    // --- Internals ---

    function _unbond(address actor, bytes memory data) private returns (bool success) {
        uint256 first = BONDING.getDelegator(actor).lockCount;
        (success, ) = _act(actor, address(BONDING), data);
        if (!success) return false;
        uint256 end = BONDING.getDelegator(actor).lockCount;
        uint256 due = ROUNDS.currentRound() + BONDING.parameters().unbondingPeriod;
        for (uint256 id = first; id < end; ++id) locks.push(Lock(actor, id, due));
    }

    function _withdraw(uint256 index, uint256 round) private returns (uint256 received) {
        Lock memory lock = locks[index];
        uint256 held = BONDING.getUnbondingLock(lock.owner, lock.id).amount;
        uint256 before = TOKEN.balanceOf(lock.owner);
        (bool success, ) = _act(lock.owner, address(BONDING), abi.encodeCall(IBondingStake.withdrawStake, (lock.id)));
        received = TOKEN.balanceOf(lock.owner) - before;
        if (success != (round >= lock.due) || received != (success ? held : 0)) {
            revert WrongExit(lock.owner, lock.id, round, lock.due, held, received);
        }
        if (success) _forget(index);
    }

    function _forget(uint256 index) private {
        locks[index] = locks[locks.length - 1];
        locks.pop();
    }

    function _actor(uint256 who) private view returns (address) {
        return actors[who % actors.length];
    }

    function _orchestrator(uint256 who) private view returns (address) {
        return orchestrators[who % orchestrators.length];
    }

    /// @dev Behind whom an account can bond: whoever is bonded, behind the same one.
    function _choiceOf(address account, uint256 behind) private view returns (address) {
        address present = BONDING.getDelegator(account).orchestrator;
        if (present != address(0)) return present;
        return BONDING.isRegistered(account) ? account : _orchestrator(behind);
    }
}

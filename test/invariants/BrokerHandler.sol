// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITicketBroker} from "../../contracts/interfaces/ITicketBroker.sol";
import {Tickets} from "../../contracts/libraries/Tickets.sol";
import {BrokerBooks} from "./BrokerBooks.sol";
import {IVm, VM} from "./IVm.sol";
import {Packing} from "./Packing.sol";

/// @notice Actions on the broker that are likely to succeed, by a few broadcasters, their hot keys and recipients, in any order.
/// @dev Reverts exactly where the broker is wrong.
contract BrokerHandler is BrokerBooks {
    /// @dev A ticket that was given to its recipient.
    struct Made {
        uint256 sender;
        uint256 recipient;
        uint256 faceValue;
        uint256 round;
        uint256 index;
        /// @dev {round} Until when its recipient was told that it can be redeemed.
        uint256 lastRound;
        /// @dev Whose signature; 0 = the sender's own.
        address key;
        bytes32 payer;
        bytes32 terms;
        bytes32 r;
        bytes32 vs;
    }

    /// @dev A default that was claimed.
    struct Claim {
        uint256 sender;
        uint256 recipient;
        uint256 faceValue;
        uint256 round;
        uint256 index;
    }

    uint256 private constant SENDER_KEY = 0xa11ce;
    uint256 private constant HOT_KEY = 0x407;
    uint256 private constant RANDOM = 42;
    /// @dev {wei ETH}
    uint256 private constant MOST = 10 ether;
    /// @dev {wei ETH} Of a ticket: not everything is covered.
    uint256 private constant MOST_WON = 30 ether;
    /// @dev {1} Tickets that an action tries at most.
    uint256 private constant BATCH = 4;

    Made[] private _made;
    Claim[] private _claims;
    uint128 private _salt;
    /// @dev {round} Until when tickets live that the sender made before it unlocked; so far, and at the last unlock.
    uint256[SENDERS] private _lives;
    uint256[SENDERS] private _livesAtUnlock;
    /// @dev {round} All earlier fees of a recipient were pulled.
    uint256[RECIPIENTS] private _pulledBefore;
    /// @dev By recipient, round and number: whether it was paid.
    mapping(bytes32 commitment => bool) private _paid;
    /// @dev {wei ETH} By sender, key and round.
    mapping(bytes32 use => uint256) private _spent;

    /// @notice A commitment paid a second time.
    error PaidTwice(uint256 recipient, uint256 round, uint256 index);
    /// @notice A winner was refused, though it lived, was open, was signed by the sender itself and was covered.
    error Refused(uint256 recipient, uint256 round, uint256 index, bytes reason);
    /// @notice A sender has withdrawn while a ticket from before its unlock could live {round}.
    error WithdrewTooEarly(uint256 sender, uint256 round, uint256 lives);
    /// @notice An allocation was released before its round.
    error ReleasedTooEarly(uint256 round, uint256 releaseRound);

    constructor() {
        for (uint256 i = 0; i < SENDERS; ++i) senders[i] = VM.addr(SENDER_KEY + i);
        for (uint256 i = 0; i < RECIPIENTS; ++i) recipients[i] = address(uint160(0x20000 + i));
    }

    // --- Senders ---

    function fund(uint256 who, uint256 amount, uint256 part) external {
        amount = _bound(amount, 1, MOST);
        address sender = senders[who % SENDERS];
        uint256 escrow = _bound(part, 0, amount);
        _add(address(this), amount, abi.encodeCall(ITicketBroker.fund, (sender, escrow)));
    }

    function fundAllocation(uint256 who, uint256 whom, uint256 amount) external {
        amount = _bound(amount, 1, MOST);
        bytes memory data = abi.encodeCall(
            ITicketBroker.fundAllocation,
            (senders[who % SENDERS], recipients[whom % RECIPIENTS])
        );
        _add(address(this), amount, data);
    }

    function reduceAllocation(uint256 who, uint256 whom, uint256 amount) external {
        address sender = senders[who % SENDERS];
        address recipient = recipients[whom % RECIPIENTS];
        amount = _bound(amount, 0, BROKER.allocationOf(sender, recipient).amount);
        _add(sender, 0, abi.encodeCall(ITicketBroker.reduceAllocation, (recipient, amount)));
    }

    function releaseAllocation(uint256 who, uint256 whom) external {
        (who, whom) = (who % SENDERS, whom % RECIPIENTS);
        ITicketBroker.Allocation memory allocation = BROKER.allocationOf(senders[who], recipients[whom]);
        (bool success, , ) = _act(
            address(this),
            0,
            abi.encodeCall(ITicketBroker.releaseAllocation, (senders[who], recipients[whom])),
            Leave(who, whom, false, false, allocation.leaving)
        );
        uint256 round = ROUNDS.currentRound();
        if (success && round < allocation.releaseRound) revert ReleasedTooEarly(round, allocation.releaseRound);
    }

    function authorizeSigner(uint256 who, uint256 ahead, uint256 cap) external {
        uint256 lastRound = ROUNDS.currentRound() + (ahead % 4);
        bytes memory data = abi.encodeCall(
            ITicketBroker.authorizeSigner,
            (VM.addr(HOT_KEY), lastRound, _bound(cap, 0, 2 * MOST_WON))
        );
        _add(senders[who % SENDERS], 0, data);
    }

    function unlock(uint256 who) external {
        who %= SENDERS;
        if (_add(senders[who], 0, abi.encodeCall(ITicketBroker.unlock, ()))) _livesAtUnlock[who] = _lives[who];
    }

    function cancelUnlock(uint256 who) external {
        _add(senders[who % SENDERS], 0, abi.encodeCall(ITicketBroker.cancelUnlock, ()));
    }

    /// @dev P2.
    function withdraw(uint256 who) external {
        who %= SENDERS;
        ITicketBroker.Sender memory sender = BROKER.getSender(senders[who]);
        uint256 before = senders[who].balance;
        (bool success, , ) = _act(
            senders[who],
            0,
            abi.encodeCall(ITicketBroker.withdraw, ()),
            Leave(who, ALL, true, true, 0)
        );
        if (!success) return;
        _requireAmount(senders[who].balance - before, uint256(sender.deposit) + sender.escrow);
        paidOut += uint256(sender.deposit) + sender.escrow;
        uint256 round = ROUNDS.currentRound();
        if (round <= _livesAtUnlock[who]) revert WithdrewTooEarly(who, round, _livesAtUnlock[who]);
    }

    // --- Tickets ---

    /// @dev Gives a recipient a ticket that wins, in the present round; of few numbers, around the end of the first word.
    function makeTicket(uint256 who, uint256 whom, uint256 amount, uint256 how) external {
        ++calls;
        (who, whom) = (who % SENDERS, whom % RECIPIENTS);
        bool hot = how % 3 == 0;
        uint256 index = 157 + ((how >> 8) % 6);
        Tickets.Ticket memory ticket = Tickets.Ticket({
            recipient: recipients[whom],
            sender: senders[who],
            faceValue: uint96(_bound(amount, 0, MOST_WON)),
            winProb: 1e18,
            salt: _salt++,
            commitment: keccak256(abi.encode(RANDOM)),
            commitmentIndex: uint32(index),
            creationRound: uint32(ROUNDS.currentRound())
        });
        Made memory made;
        (made.payer, made.terms, made.r, made.vs) = Packing.sign(BROKER, hot ? HOT_KEY : SENDER_KEY + who, ticket);
        (made.sender, made.recipient, made.faceValue) = (who, whom, ticket.faceValue);
        (made.round, made.index) = (ticket.creationRound, index);
        made.lastRound = BROKER.lastRedemptionRound(made.round);
        if (hot) made.key = VM.addr(HOT_KEY);
        _made.push(made);
        if (BROKER.getSender(senders[who]).withdrawRound == 0 && made.lastRound > _lives[who]) {
            _lives[who] = made.lastRound;
        }
        ++succeeded[msg.sig];
    }

    /// @dev P1, P5.
    function redeem(uint256 which) external {
        if (_made.length == 0) return _skip();
        Made memory made = _made[_recent(which)];
        bool covered = _isCovered(made);
        (bool success, bytes memory answer, uint256 taken) = _act(
            recipients[made.recipient],
            0,
            abi.encodeCall(ITicketBroker.redeem, (made.payer, made.terms, RANDOM, made.r, made.vs)),
            Leave(made.sender, made.recipient, true, false, 0)
        );
        if (success) {
            _requireAmount(taken, made.faceValue);
            _notePaid(made);
            _requireSpent(made);
        } else if (covered) {
            revert Refused(made.recipient, made.round, made.index, answer);
        }
    }

    /// @dev P1, P5: a few tickets for one recipient, each as `redeem` would have taken it.
    function redeemBatch(uint256 which, uint256 count) external {
        if (_made.length == 0) return _skip();
        uint256 first = _recent(which);
        uint256 recipient = _made[first].recipient;
        ITicketBroker.Batch[] memory batches = new ITicketBroker.Batch[](1 + (count % BATCH));
        for (uint256 i = 0; i < batches.length; ++i) {
            Made memory made = _made[(first + i) % _made.length];
            ITicketBroker.Winner[] memory winners = new ITicketBroker.Winner[](1);
            winners[0] = ITicketBroker.Winner(made.terms, RANDOM, made.r, made.vs);
            batches[i] = ITicketBroker.Batch(made.payer, winners);
        }
        VM.recordLogs();
        (, , uint256 taken) = _act(
            recipients[recipient],
            0,
            abi.encodeCall(ITicketBroker.redeemBatch, (batches)),
            Leave(ALL, recipient, true, false, 0)
        );
        _requireAmount(taken, _readPaid(first, batches.length));
    }

    function claimDefault(uint256 which) external {
        if (_made.length == 0) return _skip();
        Made memory made = _made[_recent(which)];
        (bool success, , ) = _act(
            recipients[made.recipient],
            0,
            abi.encodeCall(ITicketBroker.claimDefault, (made.payer, made.terms, RANDOM, made.r, made.vs)),
            Leave(ALL, ALL, false, false, 0)
        );
        if (!success) return;
        _close(made);
        _requireSpent(made);
        _claims.push(Claim(made.sender, made.recipient, made.faceValue, made.round, made.index));
    }

    /// @dev Every other time after a top-up.
    function settleDefault(uint256 which, uint256 how) external {
        if (_claims.length == 0) return _skip();
        which = _recentClaim(which);
        Claim memory claim = _claims[which];
        uint256 funds = _fundsOf(claim.sender, claim.recipient);
        if (how % 2 == 0 && funds < claim.faceValue) _topUp(senders[claim.sender], claim.faceValue - funds);
        (bool success, , uint256 taken) = _act(
            address(this),
            0,
            abi.encodeCall(ITicketBroker.settleDefault, (recipients[claim.recipient], claim.round, claim.index)),
            Leave(claim.sender, claim.recipient, true, false, 0)
        );
        if (!success) return;
        _requireAmount(taken, claim.faceValue);
        _noteBooking(recipients[claim.recipient], claim.round);
        _claims[which] = _claims[_claims.length - 1];
        _claims.pop();
    }

    /// @dev P4: to the treasury, whoever asks.
    function forfeitEscrow(uint256 which) external {
        if (_claims.length == 0) return _skip();
        Claim memory claim = _claims[_recentClaim(which)];
        address recipient = recipients[claim.recipient];
        uint256 curingRound = BROKER.defaultOf(recipient, claim.round, claim.index).curingRound;
        uint256 escrow = BROKER.getSender(senders[claim.sender]).escrow;
        uint256 before = address(TREASURY).balance;
        (bool success, , ) = _act(
            recipient,
            0,
            abi.encodeCall(ITicketBroker.forfeitEscrow, (recipient, claim.round, claim.index)),
            Leave(claim.sender, ALL, false, true, 0)
        );
        _requireAmount(address(TREASURY).balance - before, success ? escrow : 0);
        if (!success) return;
        paidOut += escrow;
        if (ROUNDS.currentRound() <= curingRound) revert ReleasedTooEarly(ROUNDS.currentRound(), curingRound + 1);
    }

    // --- Fees ---

    function pullFees(uint256 whom) external {
        whom %= RECIPIENTS;
        (, bytes memory answer, ) = _act(
            address(BONDING),
            0,
            abi.encodeCall(ITicketBroker.pullFees, (recipients[whom], _pulledBefore[whom])),
            Leave(ALL, ALL, false, false, 0)
        );
        (uint256 round, uint256 amount) = abi.decode(answer, (uint256, uint256));
        handedOver += amount;
        if (amount != 0) _pulledBefore[whom] = round + 1;
    }

    function payFees(uint256 whom, uint256 amount) external {
        amount = _bound(amount, 0, handedOver);
        bytes memory data = abi.encodeCall(ITicketBroker.payFees, (payable(recipients[whom % RECIPIENTS]), amount));
        if (!_add(address(BONDING), 0, data)) return;
        handedOver -= amount;
        paidOut += amount;
    }

    // --- Time, governance ---

    function waitWithin(uint256 time) external {
        ++calls;
        VM.warp(block.timestamp + _bound(time, 1, ROUND_LENGTH / 2));
        ++succeeded[msg.sig];
    }

    /// @dev Mostly to the next round, or the second before.
    function waitForRounds(uint256 count) external {
        ++calls;
        uint256 next = ROUNDS.currentRound() + (count % 6 == 0 ? 4 : 1);
        VM.warp(ROUNDS.roundStart(next) - (count % 2));
        ++succeeded[msg.sig];
    }

    function setRoundLength(uint256 length) external {
        ++calls;
        ROUNDS.setRoundLength(uint64(_bound(length, 1 hours, 2 * ROUND_LENGTH)));
        ++succeeded[msg.sig];
    }

    function setParameters(uint256 validity, uint256 period, uint256 curing) external {
        validity = _bound(validity, 1, 3);
        ITicketBroker.Parameters memory p = ITicketBroker.Parameters(
            uint32(validity),
            uint32(validity + 2 + (period % 3)),
            uint32(_bound(curing, 1, validity))
        );
        _add(address(this), 0, abi.encodeCall(ITicketBroker.setParameters, (p)));
    }

    // --- Internals ---

    /// @dev Mostly one of the last tickets: the others are dead.
    function _recent(uint256 which) private view returns (uint256) {
        uint256 most = which % 4 == 0 || _made.length < 6 ? _made.length : 6;
        return _made.length - 1 - ((which >> 8) % most);
    }

    function _recentClaim(uint256 which) private view returns (uint256) {
        return _claims.length - 1 - (which % (_claims.length < 3 ? _claims.length : 3));
    }

    /// @dev Whether its recipient may count on it.
    function _isCovered(Made memory made) private view returns (bool) {
        bool lives = ROUNDS.currentRound() <= made.lastRound;
        bool open = made.key == address(0) && !_paid[_commitmentOf(made)];
        return lives && open && _fundsOf(made.sender, made.recipient) >= made.faceValue;
    }

    /// @dev {wei ETH}
    function _fundsOf(uint256 who, uint256 whom) private view returns (uint256) {
        address sender = senders[who];
        return uint256(BROKER.getSender(sender).deposit) + BROKER.allocationOf(sender, recipients[whom]).amount;
    }

    function _topUp(address sender, uint256 amount) private {
        VM.deal(address(this), amount);
        BROKER.fund{value: amount}(sender, 0);
        paidIn += amount;
    }

    function _commitmentOf(Made memory made) private pure returns (bytes32) {
        return keccak256(abi.encode(made.recipient, made.round, made.index));
    }

    function _notePaid(Made memory made) private {
        _close(made);
        _noteBooking(recipients[made.recipient], made.round);
    }

    /// @dev A commitment is used up once, by a payment or a default.
    function _close(Made memory made) private {
        bytes32 commitment = _commitmentOf(made);
        if (_paid[commitment]) revert PaidTwice(made.recipient, made.round, made.index);
        _paid[commitment] = true;
        if (made.key == address(0)) return;
        _spent[keccak256(abi.encode(made.sender, made.key, made.round))] += made.faceValue;
    }

    function _requireSpent(Made memory made) private view {
        if (made.key == address(0)) return;
        uint256 spent = _spent[keccak256(abi.encode(made.sender, made.key, made.round))];
        _requireAmount(BROKER.spentBy(senders[made.sender], made.key, made.round), spent);
    }

    /// @dev {wei ETH} What was paid by the events of a batch, which come in its order.
    function _readPaid(uint256 first, uint256 count) private returns (uint256 sum) {
        IVm.Log[] memory logs = VM.getRecordedLogs();
        uint256 next = 0;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != ITicketBroker.TicketsRedeemed.selector) continue;
            (uint256 faceValue, uint256[] memory tickets) = abi.decode(logs[i].data, (uint256, uint256[]));
            address sender = address(uint160(uint256(logs[i].topics[1])));
            _requireAmount(tickets.length, 1);
            Made memory made = _made[(first + next++) % _made.length];
            while (
                senders[made.sender] != sender ||
                made.faceValue != faceValue ||
                (made.round << 32) + made.index != tickets[0]
            ) {
                made = _made[(first + next++) % _made.length];
            }
            _notePaid(made);
            sum += faceValue;
        }
        if (next > count) revert PaidTwice(first, next, count);
        for (uint256 i = 0; i < count; ++i) _requireSpent(_made[(first + i) % _made.length]);
    }
}

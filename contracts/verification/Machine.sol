// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMachine} from "../interfaces/IMachine.sol";
import {Instructions} from "../libraries/Instructions.sol";
import {MachineState} from "../libraries/MachineState.sol";
import {MemoryProofs} from "../libraries/MemoryProofs.sol";

/// @title Machine
/// @notice One step of RV32IM.
/// @dev Source: LIP-5. The reference that is written to be compared with this one is `offchain/vm/machine.ts`.
contract Machine is IMachine {
    using MachineState for bytes;
    using MemoryProofs for bytes;

    /// @dev {1} Levels of a tree above its leaves.
    uint256 private constant ROM_HEIGHT = 14;
    uint256 private constant PARAMETERS_HEIGHT = 17;
    uint256 private constant MEMORY_HEIGHT = 21;
    /// @dev {bytes}
    uint256 private constant ROM_END = MemoryProofs.LEAF << ROM_HEIGHT;
    uint256 private constant MEMORY_END = MemoryProofs.LEAF << MEMORY_HEIGHT;

    /// @dev Numbers of system calls: Linux's `exit`, and one that Linux does not have and answers with ENOSYS.
    uint256 private constant EXIT = 93;
    uint256 private constant SET_VERDICT = 2000;
    uint256 private constant ENOSYS = 2 ** 32 - 38;

    uint256 private constant WORD = 0xffffffff;

    /// @inheritdoc IMachine
    function step(bytes32 program, bytes calldata state, bytes calldata proof) external pure returns (bytes32 next) {
        require(state.length == MachineState.LENGTH, MachineStateLength(state.length, MachineState.LENGTH));
        bytes memory present = MachineState.copy(state);
        uint256 used = 0;
        if (present.status() == MachineState.RUNNING) {
            bool isTrapped;
            present.countStep();
            (isTrapped, used) = _run(present, program, proof);
            if (isTrapped) present.setStatus(MachineState.TRAPPED);
        }
        require(proof.length == used, MachineProofLength(proof.length, used));
        return present.hash();
    }

    /// @inheritdoc IMachine
    function startHash(Start calldata start) external pure returns (bytes32 hash) {
        bytes32 low = start.program;
        bytes32 zeros = MemoryProofs.zeroRoot(ROM_HEIGHT);
        for (uint256 height = ROM_HEIGHT; height < MEMORY_HEIGHT - 1; ++height) {
            // Nothing but zeros lies beside the ROM, below the parameters' height and above it.
            low = MemoryProofs.join(low, height == PARAMETERS_HEIGHT ? start.parametersRoot : zeros);
            zeros = MemoryProofs.join(zeros, zeros);
        }
        bytes memory state = MachineState.empty();
        state.setMemoryRoot(MemoryProofs.join(low, MemoryProofs.join(start.sourceRoot, start.outputRoot)));
        state.setX(10, start.sourceLength);
        state.setX(11, start.outputLength);
        state.setX(12, start.outputIndex);
        return state.hash();
    }

    // --- Internals ---

    /// @dev The next instruction of a machine that runs.
    /// @return isTrapped Whether it traps; then nothing of the state has changed.
    /// @return used {bytes} How much of the proof was needed.
    function _run(
        bytes memory state,
        bytes32 program,
        bytes calldata proof
    ) private pure returns (bool isTrapped, uint256 used) {
        uint256 pc = state.pc();
        if (pc >= ROM_END || pc % 4 != 0) return (true, 0);
        used = MemoryProofs.lengthOf(ROM_HEIGHT);
        uint256 word = _fetch(program, pc, proof);
        uint256 opcode = Instructions.opcode(word);
        if (opcode == Instructions.LOAD || opcode == Instructions.STORE) {
            bool hasAccess = opcode == Instructions.LOAD ? _load(state, word, proof) : _store(state, word, proof);
            return hasAccess ? (false, used + MemoryProofs.lengthOf(MEMORY_HEIGHT)) : (true, used);
        }
        isTrapped = !_execute(state, pc, word, opcode);
    }

    function _fetch(bytes32 program, uint256 pc, bytes calldata proof) private pure returns (uint256 word) {
        uint256 length = MemoryProofs.lengthOf(ROM_HEIGHT);
        require(proof.length >= length, MachineProofLength(proof.length, length));
        bytes memory leaf = MemoryProofs.leafOf(proof);
        bytes32 root = leaf.rootOf(pc, ROM_HEIGHT, proof);
        require(root == program, MachineInstructionProofInvalid(root, program));
        return leaf.load(pc, 4);
    }

    /// @dev The leaf that holds `location`.
    function _access(
        bytes memory state,
        uint256 location,
        bytes calldata proof
    ) private pure returns (bytes memory leaf) {
        uint256 begin = MemoryProofs.lengthOf(ROM_HEIGHT);
        uint256 length = begin + MemoryProofs.lengthOf(MEMORY_HEIGHT);
        require(proof.length >= length, MachineProofLength(proof.length, length));
        leaf = MemoryProofs.leafOf(proof[begin:]);
        bytes32 root = leaf.rootOf(location, MEMORY_HEIGHT, proof[begin:]);
        require(root == state.memoryRoot(), MachineMemoryProofInvalid(root, state.memoryRoot()));
    }

    // Each of these returns false when it traps, and has then changed nothing.

    function _load(bytes memory state, uint256 word, bytes calldata proof) private pure returns (bool) {
        uint256 funct = Instructions.funct3(word);
        uint256 size = Instructions.loadSize(funct);
        uint256 location = (state.x(Instructions.rs1(word)) + Instructions.immediateI(word)) & WORD;
        if (size == 0 || location >= MEMORY_END || location % size != 0) return false;
        uint256 value = _access(state, location, proof).load(location, size);
        _continue(state, Instructions.rd(word), Instructions.extendLoad(funct, value));
        return true;
    }

    function _store(bytes memory state, uint256 word, bytes calldata proof) private pure returns (bool) {
        uint256 size = Instructions.storeSize(Instructions.funct3(word));
        uint256 location = (state.x(Instructions.rs1(word)) + Instructions.immediateS(word)) & WORD;
        if (size == 0 || location < ROM_END || location >= MEMORY_END || location % size != 0) return false;
        bytes memory leaf = _access(state, location, proof);
        leaf.store(location, size, state.x(Instructions.rs2(word)));
        state.setMemoryRoot(leaf.rootOf(location, MEMORY_HEIGHT, proof[MemoryProofs.lengthOf(ROM_HEIGHT):]));
        _continue(state, 0, 0);
        return true;
    }

    /// @dev Every instruction that leaves the memory alone.
    function _execute(bytes memory state, uint256 pc, uint256 word, uint256 opcode) private pure returns (bool) {
        uint256 rd = Instructions.rd(word);
        uint256 a = state.x(Instructions.rs1(word));
        if (opcode == Instructions.IMMEDIATE) {
            (bool known, uint256 result) = Instructions.operateImmediate(word, a);
            if (known) _continue(state, rd, result);
            return known;
        }
        if (opcode == Instructions.REGISTER) {
            (bool known, uint256 result) = Instructions.operate(word, a, state.x(Instructions.rs2(word)));
            if (known) _continue(state, rd, result);
            return known;
        }
        if (opcode == Instructions.BRANCH) {
            uint256 b = state.x(Instructions.rs2(word));
            (bool known, bool taken) = Instructions.branch(Instructions.funct3(word), a, b);
            if (taken) return _jump(state, 0, pc, pc + Instructions.immediateB(word));
            if (known) _continue(state, 0, 0);
            return known;
        }
        if (opcode == Instructions.JAL) return _jump(state, rd, pc, pc + Instructions.immediateJ(word));
        if (opcode == Instructions.JALR) {
            uint256 target = ((a + Instructions.immediateI(word)) >> 1) << 1;
            return Instructions.funct3(word) == 0 && _jump(state, rd, pc, target);
        }
        if (opcode == Instructions.FENCE) {
            if (Instructions.funct3(word) != 0) return false;
            _continue(state, 0, 0);
            return true;
        }
        if (opcode == Instructions.LUI || opcode == Instructions.AUIPC) {
            uint256 base = opcode == Instructions.LUI ? 0 : pc;
            _continue(state, rd, base + Instructions.immediateU(word));
            return true;
        }
        return word == Instructions.ECALL && _call(state);
    }

    function _call(bytes memory state) private pure returns (bool) {
        uint256 number = state.x(17);
        if (number == EXIT) {
            state.setStatus(MachineState.HALTED);
            state.setVerdict(state.x(10));
            return true;
        }
        if (number != SET_VERDICT) return false;
        state.setVerdict(state.x(10));
        _continue(state, 10, ENOSYS);
        return true;
    }

    function _continue(bytes memory state, uint256 rd, uint256 value) private pure {
        state.setX(rd, value);
        state.setPc(state.pc() + 4);
    }

    function _jump(bytes memory state, uint256 rd, uint256 pc, uint256 target) private pure returns (bool) {
        if (target % 4 != 0) return false;
        state.setX(rd, pc + 4);
        state.setPc(target);
        return true;
    }
}

// What a guest program sees of the machine: LIP-5. C11, freestanding.
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

// Regions of the memory, by their addresses. What is behind the bytes of a region is zero.
#define PARAMETERS ((const uint8_t *)0x01000000u)
#define HEAP ((uint8_t *)0x02000000u)
#define SOURCE ((const uint8_t *)0x08000000u)
#define OUTPUT ((const uint8_t *)0x0c000000u)

// {bytes}
#define PARAMETERS_BYTES 0x01000000u
#define HEAP_BYTES 0x06000000u
#define SEGMENT_BYTES 0x04000000u

enum verdict { VERDICT_VOID = 0, VERDICT_PASS = 1, VERDICT_FAULT = 2 };

// What a program is. crt0.S calls it; what it returns is the verdict and ends the run.
// Lengths in bytes, at most SEGMENT_BYTES; outputIndex from 0.
enum verdict judge(uint32_t sourceLength, uint32_t outputLength, uint32_t outputIndex);

// Says what the verdict is if the program traps from here on. The call's answer is of no use: -ENOSYS, so that an emulator of Linux, which
// does not have this call, goes on in the same state.
#ifdef __riscv
static inline void setVerdict(enum verdict verdict) {
  register uint32_t a0 __asm__("a0") = verdict;
  register uint32_t a7 __asm__("a7") = 2000;
  // The verdict has to be said before what follows is read.
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
}
#else
// A program that is built for another machine, to be tested there: who runs it keeps the verdict.
void setVerdict(enum verdict verdict);
#endif

#endif

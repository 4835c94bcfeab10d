# The first instructions of every guest: what LIP-5 leaves to the program, then judge(), then exit.

  .equ EXIT, 93

  .section .text.start, "ax"
  .globl _start
_start:
  # The linker may shorten addresses to offsets from gp, but not the one that gp comes from.
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top

  # The RAM is zero at the start: what is not zero in it has an image behind the constants.
  la t0, __data_image
  la t1, __data_start
  la t2, __data_end
copy:
  bgeu t1, t2, copied
  lw t3, 0(t0)
  sw t3, 0(t1)
  addi t0, t0, 4
  addi t1, t1, 4
  j copy
copied:

  # a0, a1, a2 are its arguments since the start; a0 is the verdict that it returns.
  call judge
  li a7, EXIT
  ecall

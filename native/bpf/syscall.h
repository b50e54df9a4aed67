/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The system call that a task is in, from the registers with which it entered the kernel, for each architecture. */
#ifndef PORTCULLIS_SYSCALL_H
#define PORTCULLIS_SYSCALL_H

#include "kernel.h"

#if defined(__TARGET_ARCH_x86)
#define NR_EXECVE 59
#define NR_EXECVEAT 322
#define NR_EXECVE_32 11 /* of programs whose addresses have 32 bits */
#define NR_EXECVEAT_32 358
#define SYSCALL_NR(regs) ((regs)->orig_rax)
#define SYSCALL_ARG(regs, n) \
	((n) == 0 ? (regs)->rdi : (n) == 1 ? (regs)->rsi : (n) == 2 ? (regs)->rdx : (n) == 3 ? (regs)->r10 : (n) == 4 ? (regs)->r8 : (regs)->r9)
/* Of a program whose addresses have 32 bits: ebx, ecx, edx. */
#define SYSCALL_ARG_32(regs, n) ((n) == 0 ? (regs)->rbx : (n) == 1 ? (regs)->rcx : (regs)->rdx)
#elif defined(__TARGET_ARCH_arm64)
#define NR_EXECVE 221
#define NR_EXECVEAT 281
#define NR_EXECVE_32 11
#define NR_EXECVEAT_32 387
struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	int syscallno;
} __attribute__((preserve_access_index));
#define SYSCALL_NR(registers) ((registers)->syscallno)
#define SYSCALL_ARG(registers, n) ((n) == 0 ? (registers)->orig_x0 : (registers)->regs[n])
#define SYSCALL_ARG_32(registers, n) SYSCALL_ARG(registers, n)
#else
#error "the system call registers of this architecture are not known yet: add them here"
#endif

#endif

/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The part of the agreement in abi.h that is about system calls: how rule tables have them, and what the programs that see them are told. */
#ifndef PORTCULLIS_ABI_SYSCALL_H
#define PORTCULLIS_ABI_SYSCALL_H

/*
 * A system call is known by its number on x86-64, on every architecture. Its edge leads to the list of the rules that name it. If some rules
 * name it with a path, there is an edge of number | PC_SYSCALL_HAS_PATHS as well; then the lists of the state that the path leads to count instead, which
 * have all of these rules.
 */
enum pc_syscall_number {
	PC_SYSCALL_HAS_PATHS = 0x80000000U,
	PC_SYSCALL_ANY_PATH = 0x80000000U, /* of pc_entry.number: the rule has no path */
};

/*
 * What a tracing program is told of the system call that it is attached to, in its cookie: the number, and at which of its arguments the
 * names are. Each place is an argument's index + 1; 0: there is none. A descriptor without a path stands for its own file.
 */
enum pc_syscall_cookie {
	PC_COOKIE_NUMBER_BITS = 16,
	PC_COOKIE_PLACE_BITS = 4, /* then path, descriptor, second path, second descriptor */
};

#endif

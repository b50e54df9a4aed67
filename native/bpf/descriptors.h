/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The part of the kernel's structures that leads from a task to the files at its descriptors. */
#ifndef PORTCULLIS_DESCRIPTORS_H
#define PORTCULLIS_DESCRIPTORS_H

#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct___files {
	struct files_struct *files;
};

#pragma clang attribute pop

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of a link: what is attached by it. */
#include "addon.h"

#include <bpf/bpf.h>
#include <errno.h>

/* linkProgram(link) -> program: what is attached by it. */
static napi_value link_program(struct call *call)
{
	struct handle *handle = arg_handle(call, 0, HANDLE_LINK, "link");
	struct bpf_link_info info = { 0 };
	__u32 size = sizeof(info);

	if (!handle)
		return NULL;
	if (bpf_obj_get_info_by_fd(handle->fd, &info, &size))
		return throw_errno(call, errno, "reading the link");
	int fd = bpf_prog_get_fd_by_id(info.prog_id);
	return fd < 0 ? throw_errno(call, errno, "program %u of a link", info.prog_id) : handle_new(call, HANDLE_PROGRAM, fd, NULL);
}

const struct method link_methods[] = {
	{ "linkProgram", 1, link_program },
	{ 0 },
};

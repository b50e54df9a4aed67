/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are attached to a control group. */
#include "addon.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/* objectAttachCgroup(object, program, path) -> link: attached to the control group of this folder, while the link is open or pinned. */
static napi_value object_attach_cgroup(struct call *call)
{
	char path[PATH_MAX];
	struct handle *handle = arg_handle(call, 0, HANDLE_OBJECT, "object");
	struct bpf_program *program = handle ? find_program(call, handle) : NULL;

	if (!program || !arg_string(call, 2, "path", path, sizeof(path)))
		return NULL;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return throw_errno(call, errno, "control group %s", path);
	struct bpf_link *link = bpf_program__attach_cgroup(program, folder);
	int error = errno;
	close(folder);
	errno = error;
	return link_handle(call, program, link);
}

const struct method cgroup_methods[] = {
	{ "objectAttachCgroup", 3, object_attach_cgroup },
	{ 0 },
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `landlock COMMAND...` executes the command in a Landlock domain of one rule, which allows at the root directory everything that
 * the domain handles: all that the first version of Landlock knows.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From executing to making symbolic links: the rights of the first version are the lowest bits. */
#define FIRST_RIGHTS (2 * LANDLOCK_ACCESS_FS_MAKE_SYM - 1)

int main(int argc, char **argv)
{
	struct landlock_ruleset_attr handled = { .handled_access_fs = FIRST_RIGHTS };
	struct landlock_path_beneath_attr rule = { .allowed_access = FIRST_RIGHTS };
	int rules = syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);

	rule.parent_fd = open("/", O_PATH | O_CLOEXEC);
	if (argc < 2 || rules < 0 || rule.parent_fd < 0 ||
	    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, rules, 0)) {
		perror("landlock");
		return 1;
	}
	close(rules);
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}

/** At which arguments of a system call its names are, and which function of the kernel it is: what a tracing program is told of it. */
import { pc_syscall_cookie } from "../abi/enums.ts";

/** Indexes of arguments. A descriptor without a path stands for its own file. */
interface NameArguments {
  readonly path?: number;
  readonly descriptor?: number;
  readonly secondPath?: number;
  readonly secondDescriptor?: number;
}

/** The names of the system calls, by where their names are. */
const places: readonly (readonly [calls: string, NameArguments])[] = [
  [
    `open creat stat lstat access chdir mkdir rmdir unlink readlink chmod chown lchown utime utimes mknod statfs truncate chroot acct uselib swapon
     swapoff umount2 setxattr lsetxattr getxattr lgetxattr listxattr llistxattr removexattr lremovexattr execve`,
    { path: 0 },
  ],
  ["rename link pivot_root", { path: 0, secondPath: 1 }],
  ["symlink mount quotactl inotify_add_watch", { path: 1 }],
  ["symlinkat", { path: 2, descriptor: 1 }],
  [
    `openat openat2 mkdirat mknodat fchownat futimesat newfstatat unlinkat readlinkat fchmodat fchmodat2 faccessat faccessat2 utimensat statx execveat
     name_to_handle_at open_tree open_tree_attr fspick mount_setattr setxattrat getxattrat listxattrat removexattrat file_getattr file_setattr`,
    { path: 1, descriptor: 0 },
  ],
  ["renameat renameat2 linkat move_mount", { path: 1, descriptor: 0, secondPath: 3, secondDescriptor: 2 }],
  ["fanotify_mark", { path: 4, descriptor: 3 }],
  [
    `fchdir fstat fchmod fchown ftruncate fsync fdatasync fallocate fgetxattr fsetxattr flistxattr fremovexattr getdents getdents64 read write pread64
     pwrite64 readv writev preadv pwritev preadv2 pwritev2 lseek ioctl flock fcntl fstatfs readahead syncfs fadvise64 sync_file_range`,
    { descriptor: 0 },
  ],
  ["sendfile", { descriptor: 0, secondDescriptor: 1 }],
  ["copy_file_range splice", { descriptor: 0, secondDescriptor: 2 }],
  ["mmap", { descriptor: 4 }],
];

const placesOf = new Map(places.flatMap(([calls, at]) => calls.split(/\s+/).map((name) => [name, at] as const)));

/** The cookie of a program that is attached to this system call. */
export function cookieOf(name: string, number: number): number {
  const { path, descriptor, secondPath, secondDescriptor } = placesOf.get(name) ?? {};
  const { PC_COOKIE_NUMBER_BITS: numberBits, PC_COOKIE_PLACE_BITS: placeBits } = pc_syscall_cookie;
  return [path, descriptor, secondPath, secondDescriptor].reduce<number>(
    (cookie, place, index) =>
      (cookie | ((place === undefined ? 0 : place + 1) << (numberBits + index * placeBits))) >>> 0,
    number,
  );
}

/** Functions whose names are not that of the system call. */
const functions: ReadonlyMap<string, string> = new Map([
  ["stat", "newstat"],
  ["fstat", "newfstat"],
  ["lstat", "newlstat"],
  ["uname", "newuname"],
  ["umount2", "umount"],
  ["sendfile", "sendfile64"],
]);

/** What the names of the functions begin with, by the machine. */
export const functionPrefix = process.arch === "arm64" ? "__arm64_sys_" : "__x64_sys_";

export const functionOf = (name: string): string => functions.get(name) ?? name;

/** They do not return, or return as another program: they are seen when they begin. */
const entered: ReadonlySet<string> = new Set(["exit", "exit_group", "execve", "execveat"]);

export const isSeenAtEntry = (name: string): boolean => entered.has(name);

/** Multi-call binaries: programs that are another one by each of their names, so that a rule on one of these must not be one on the file. */

const multiCall = /^(?:busybox|toybox|coreutils|gnu-coreutils|uutils)(?:[.-].*)?$/;

/** Whether a program of this name, or path, is one. */
export const isMultiCall = (name: string): boolean => multiCall.test(name.slice(name.lastIndexOf("/") + 1));

/** Multi-call binaries: programs that are another one by each of their names, so that a rule on one of these must not be one on the file. */

const multiCall = /^(?:busybox|toybox|coreutils|gnu-coreutils|uutils)(?:[.-].*)?$/;

/** Whether a program of this name, or path, is one. */
export const isMultiCall = (name: string): boolean => multiCall.test(name.slice(name.lastIndexOf("/") + 1));

/**
 * Whether its arguments tell for certain which applet runs (native/bpf/applet.h): toybox follows links itself, and coreutils takes a first argument that
 * it does not know for its own name.
 */
export const tellsApplets = (name: string): boolean =>
  /^busybox(?:[.-].*)?$/.test(name.slice(name.lastIndexOf("/") + 1));

/** Programs that are many: what they do depends on the name by which they are called. */
export const multiCall = /^(?:busybox|toybox|coreutils|gnu-coreutils|uutils)(?:[.-].*)?$/;

/**
 * The base devices, which hold nothing: rules on directories and patterns do not concern them, so that a read-only `/dev/` breaks no redirection to `/dev/null`. A
 * rule that names one does. They are known by their names: who may write to the directory can put something else in their place.
 */

/** Components of their names. */
export const baseDevices: readonly (readonly string[])[] = "null zero full random urandom tty ptmx"
  .split(" ")
  .map((name) => ["dev", name]);

/** All that is directly in it is such a device: the terminals of a container. */
export const baseDeviceDirectory: readonly string[] = ["dev", "pts"];

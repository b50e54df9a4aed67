/** Keys of the engine's maps as the bytes that the kernel takes, and bytes as what they hold. */
import { NativeError } from "./errors.ts";

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** The key of an array's element, or of a slot. */
export function indexKey(index: number): Uint8Array {
  const key = new Uint8Array(4);
  viewOf(key).setUint32(0, index, true);
  return key;
}

/** The key of the only element of an array that has one. */
export const firstKey: Uint8Array = indexKey(0);

/** The key of a cgroup. Throws NATIVE_ARGUMENT_INVALID for an id that no cgroup can have. */
export function cgroupKey(id: bigint): Uint8Array {
  if (id <= 0n || id >= 1n << 64n) {
    const message = `cgroup id ${id} is not above 0: it is the inode number of the cgroup's directory`;
    throw new NativeError("NATIVE_ARGUMENT_INVALID", message);
  }
  const key = new Uint8Array(8);
  viewOf(key).setBigUint64(0, id, true);
  return key;
}

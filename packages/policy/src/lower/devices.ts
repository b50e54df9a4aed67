/** Why a rule of a USB device is not bound, and what to do instead. */

/** Names the device as the rule has it. */
export function deviceProblem(device: Readonly<Record<string, unknown>>): string {
  const named = ["class", "subClass", "protocol"]
    .filter((key) => device[key] !== undefined)
    .map((key) => `${key} ${JSON.stringify(device[key])}`);
  return `${named.join(", ")} cannot be enforced (device.matchDevice): the kernel asks nobody before a USB device is let in, so that it could only be sent away again; remove the entry, and use USBGuard on the node, or usbcore.authorized_default=0`;
}

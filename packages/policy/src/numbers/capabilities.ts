/** Capabilities by the kernel's numbers. */

/** In the order of their numbers, from 0 on. */
const names = `
  chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw
  ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod
  lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore
`
  .trim()
  .split(/\s+/);

/** The capabilities of a comma list, each once, with or without `cap_`; or the first word that is none. */
export function capabilitiesIn(text: string): readonly number[] | string {
  const words = text.split(",").map((word) => word.trim());
  const numbers = words.map((word) => names.indexOf(word.toLowerCase().replace(/^cap_/, "")));
  return numbers.includes(-1) ? JSON.stringify(words[numbers.indexOf(-1)]) : [...new Set(numbers)];
}

/** `CAP_NET_RAW`; of a number that has no name yet, `CAP_41`. */
export const capabilityName = (capability: number): string =>
  `CAP_${(names[capability] ?? String(capability)).toUpperCase()}`;

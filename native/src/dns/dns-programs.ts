/**
 * The programs that judge queries of DNS (bpf/dns.bpf.c), attached while some bound rule is about DNS. They are pinned together by their build,
 * `<pinDir>/dns/<program>-<build>`, so that they go on when this process ends and another build takes their place.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Addon, BpfObject } from "../addon.ts";
import { step } from "../errors.ts";
import type { PinDir } from "../load/pins.ts";

const buildLength = 12;
/** Sections of programs that are attached to a control group; the others are attached where their section says. */
const ofCgroup = "cgroup_skb/";
/** A map that only these programs have: it ends with them. */
const ownMap = "dns_senders";

export class DnsPrograms {
  readonly #addon: Addon;
  readonly #pins: PinDir;
  readonly #objectPath: string;
  /** Why queries cannot be judged: it is tried once by a process. */
  #refused: string | undefined;
  #attached = false;

  constructor(addon: Addon, pins: PinDir, objectPath: string) {
    this.#addon = addon;
    this.#pins = pins;
    this.#objectPath = objectPath;
  }

  /** Attaches them, if they are not. `cgroupRoot`: the root of the control groups. Returns why they cannot be; undefined: they are there. */
  attach(cgroupRoot: string): string | undefined {
    if (this.#attached || this.#refused !== undefined) return this.#refused;
    try {
      this.#load(cgroupRoot);
      this.#attached = true;
    } catch (error) {
      this.#refused = error instanceof Error ? error.message : String(error);
    }
    return this.#refused;
  }

  /** Detaches them: nobody pays for them any more. */
  detach(): void {
    for (const pin of this.#pins.dnsPins()) this.#pins.unpinDns(pin);
    this.#attached = false;
    this.#refused = undefined;
  }

  #load(cgroupRoot: string): void {
    const bytes = readFileSync(this.#objectPath);
    const build = createHash("sha256").update(bytes).digest("hex").slice(0, buildLength);
    const object = this.#addon.objectOpen(bytes, "portcullis_dns");
    try {
      const { programs } = this.#addon.objectDescribe(object);
      const pinOf = (program: string): string => `${program}-${build}`;
      const before = this.#pins.dnsPins();
      if (programs.every(({ name }) => before.includes(pinOf(name)))) return;
      // Those of one build share a map. Of one that did not finish nothing is kept.
      for (const pin of before) if (pin.endsWith(`-${build}`)) this.#pins.unpinDns(pin);
      this.#prepare(object);
      for (const program of programs) this.#attach(object, program, pinOf(program.name), cgroupRoot);
      // For a moment both builds judge, rather than none.
      for (const pin of before)
        if (this.#pins.dnsPins().includes(pin) && !pin.endsWith(`-${build}`)) this.#pins.unpinDns(pin);
    } finally {
      this.#addon.close(object);
    }
  }

  #prepare(object: BpfObject): void {
    const { maps } = this.#addon.objectDescribe(object);
    for (const { name } of maps)
      if (!name.includes(".") && name !== ownMap) this.#addon.objectPinMap(object, name, this.#pins.map(name));
    step("NATIVE_LOAD_REFUSED", "loading the programs that judge queries of DNS", () => this.#addon.objectLoad(object));
  }

  #attach(
    object: BpfObject,
    { name, section }: { name: string; section: string },
    pin: string,
    cgroupRoot: string,
  ): void {
    const link = step("NATIVE_ATTACH_REFUSED", `program ${name}`, () =>
      section.startsWith(ofCgroup)
        ? this.#addon.objectAttachCgroup(object, name, cgroupRoot)
        : this.#addon.objectAttach(object, name),
    );
    try {
      step("NATIVE_KERNEL_REFUSED", `pinning the link of ${name}`, () => this.#addon.pin(link, this.#pins.dns(pin)));
    } finally {
      this.#addon.close(link);
    }
  }
}

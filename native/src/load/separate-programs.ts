/**
 * The programs of an object beside the engine's, attached while some bound rule needs them: those that judge queries of DNS (bpf/dns.bpf.c), and those that
 * judge addresses (bpf/addresses.bpf.c). They are pinned together by their build, `<pinDir>/<folder>/<program>-<build>`, so that they go on when
 * this process ends and another build takes their place.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Addon, BpfObject } from "../addon.ts";
import { step } from "../errors.ts";
import type { PinDir, SeparateFolder } from "./pins.ts";

const buildLength = 12;
/** Sections of programs that are attached to a control group; the others are attached where their section says. */
const ofCgroup = "cgroup_skb/";
/** Maps that only such programs have: they end with them. */
const ownMaps: readonly string[] = ["dns_senders", "address_listeners"];

export class SeparatePrograms {
  readonly #addon: Addon;
  readonly #pins: PinDir;
  readonly #folder: SeparateFolder;
  readonly #objectPath: string;
  /** Why they cannot be attached: it is tried once by a process. */
  #refused: string | undefined;
  #attached = false;

  constructor(addon: Addon, pins: PinDir, folder: SeparateFolder, objectPath: string) {
    this.#addon = addon;
    this.#pins = pins;
    this.#folder = folder;
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
    for (const pin of this.#pins.separate(this.#folder)) this.#pins.unpinSeparate(this.#folder, pin);
    this.#attached = false;
    this.#refused = undefined;
  }

  #load(cgroupRoot: string): void {
    const bytes = readFileSync(this.#objectPath);
    const build = createHash("sha256").update(bytes).digest("hex").slice(0, buildLength);
    const object = this.#addon.objectOpen(bytes, `portcullis_${this.#folder}`);
    try {
      const { programs } = this.#addon.objectDescribe(object);
      const pinOf = (program: string): string => `${program}-${build}`;
      const before = this.#pins.separate(this.#folder);
      if (programs.every(({ name }) => before.includes(pinOf(name)))) return;
      // Those of one build share a map. Of one that did not finish nothing is kept.
      for (const pin of before) if (pin.endsWith(`-${build}`)) this.#pins.unpinSeparate(this.#folder, pin);
      this.#prepare(object);
      for (const program of programs) this.#attach(object, program, pinOf(program.name), cgroupRoot);
      // For a moment both builds judge, rather than none.
      for (const pin of before)
        if (this.#pins.separate(this.#folder).includes(pin) && !pin.endsWith(`-${build}`))
          this.#pins.unpinSeparate(this.#folder, pin);
    } finally {
      this.#addon.close(object);
    }
  }

  #prepare(object: BpfObject): void {
    const { maps } = this.#addon.objectDescribe(object);
    for (const { name } of maps)
      if (!name.includes(".") && !ownMaps.includes(name)) this.#addon.objectPinMap(object, name, this.#pins.map(name));
    step("NATIVE_LOAD_REFUSED", `loading the programs of ${this.#folder}`, () => this.#addon.objectLoad(object));
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
      step("NATIVE_KERNEL_REFUSED", `pinning the link of ${name}`, () =>
        this.#addon.pin(link, this.#pins.separatePin(this.#folder, pin)),
      );
    } finally {
      this.#addon.close(link);
    }
  }
}

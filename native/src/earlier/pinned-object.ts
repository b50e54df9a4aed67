/** One of the objects for descriptors from before a rule: its programs, attached and pinned by their build in `<pinDir>/earlier`. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Addon, BpfObject } from "../addon.ts";
import { step } from "../errors.ts";
import type { PinDir } from "../load/pins.ts";

const buildLength = 12;
const hookPrefix = "lsm/";

interface PinnedObjectOptions {
  readonly addon: Addon;
  readonly pins: PinDir;
  readonly path: string;
  /** Maps that end with the programs, and are pinned nowhere. */
  readonly ownMaps: readonly string[];
  /** Those of the hooks that the running kernel has. */
  readonly known: (hooks: readonly string[]) => readonly string[];
}

export class PinnedObject {
  readonly #options: PinnedObjectOptions;
  #programs: readonly string[] | undefined;
  #build: string | undefined;

  constructor(options: PinnedObjectOptions) {
    this.#options = options;
  }

  /** The pins of its programs, of this build. */
  pinned(): string[] {
    const pins = this.#options.pins.earlierPins();
    return pins.length === 0 ? [] : pins.filter((pin) => this.#describe().some((name) => pin === this.#pinOf(name)));
  }

  isAttached(): boolean {
    const pinned = this.pinned();
    return pinned.length > 0 && pinned.length === this.#describe().length;
  }

  /** … of whatever build. */
  pinnedOfAny(): string[] {
    const pins = this.#options.pins.earlierPins();
    return pins.length === 0 ? [] : pins.filter((pin) => this.#describe().some((name) => pin.startsWith(`${name}-`)));
  }

  /** Attaches its programs, if they are not, and then detaches those of another build: for a moment both judge, rather than none. */
  attach(): void {
    if (this.isAttached()) return;
    const { addon, pins } = this.#options;
    for (const pin of this.pinned()) pins.unpinEarlier(pin); // of what did not finish nothing is kept
    const others = this.pinnedOfAny();
    this.#withObject((object) => {
      this.#load(object);
      for (const program of this.#describe()) {
        const link = step("NATIVE_ATTACH_REFUSED", `program ${program}`, () => addon.objectAttach(object, program));
        try {
          step("NATIVE_KERNEL_REFUSED", `pinning the link of ${program}`, () =>
            addon.pin(link, pins.earlier(this.#pinOf(program))),
          );
        } finally {
          addon.close(link);
        }
      }
    });
    for (const pin of others) pins.unpinEarlier(pin);
  }

  /** Detaches its programs of whatever build. */
  detach(): void {
    for (const pin of this.pinnedOfAny()) this.#options.pins.unpinEarlier(pin);
  }

  #pinOf(program: string): string {
    this.#build ??= createHash("sha256").update(readFileSync(this.#options.path)).digest("hex").slice(0, buildLength);
    return `${program}-${this.#build}`;
  }

  #load(object: BpfObject): void {
    const { addon, pins, ownMaps } = this.#options;
    const engine = new Set(pins.pinnedMaps());
    const { maps, programs } = addon.objectDescribe(object);
    for (const { name } of maps) {
      if (name.includes(".") || ownMaps.includes(name)) continue;
      addon.objectPinMap(object, name, engine.has(name) ? pins.map(name) : pins.earlier(name));
    }
    const chosen = this.#describe();
    for (const { name } of programs) if (!chosen.includes(name)) addon.objectAutoload(object, name, false);
    step("NATIVE_LOAD_REFUSED", `loading ${this.#options.path}`, () => addon.objectLoad(object));
  }

  /** The programs that this kernel has a place for. */
  #describe(): readonly string[] {
    this.#programs ??= this.#withObject((object) => {
      const { programs } = this.#options.addon.objectDescribe(object);
      const hookOf = (section: string) => section.slice(hookPrefix.length);
      const hooks = programs.flatMap(({ section }) => (section.startsWith(hookPrefix) ? [hookOf(section)] : []));
      const known = hooks.length === 0 ? [] : this.#options.known(hooks);
      const isKnown = (section: string) => !section.startsWith(hookPrefix) || known.includes(hookOf(section));
      return programs.filter(({ section }) => isKnown(section)).map(({ name }) => name);
    });
    return this.#programs;
  }

  #withObject<T>(use: (object: BpfObject) => T): T {
    const { addon } = this.#options;
    const object = step("NATIVE_OBJECT_MISSING", this.#options.path, () =>
      addon.objectOpen(readFileSync(this.#options.path), "portcullis_earlier"),
    );
    try {
      return use(object);
    } finally {
      addon.close(object);
    }
  }
}

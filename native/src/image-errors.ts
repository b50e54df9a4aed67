/** What can be wrong with an automaton that is to be packed. */

/** `IMAGE_COLLISION`: two names have the same key under this seed. `IMAGE_INVALID`: the automaton contradicts itself. */
export class PackError extends Error {
  readonly code: "IMAGE_COLLISION" | "IMAGE_INVALID";

  private constructor(code: PackError["code"], message: string) {
    super(message);
    this.name = "PackError";
    this.code = code;
  }

  static collision(first: string, second: string): PackError {
    const what = `${first} and ${second} have the same hash`;
    return new PackError("IMAGE_COLLISION", `${what}: pack again with another seed, or rename one of them`);
  }

  static invalid(field: string, value: unknown, remedy: string): PackError {
    return new PackError("IMAGE_INVALID", `automaton ${field} = ${String(value)}: ${remedy}`);
  }
}

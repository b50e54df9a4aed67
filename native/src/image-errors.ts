/** What can be wrong with an automaton that is to be packed. */

/** `IMAGE_COLLISION`: two names have the same key under this seed. `IMAGE_INVALID`: the automaton contradicts itself. */
export class ImageError extends Error {
  readonly code: "IMAGE_COLLISION" | "IMAGE_INVALID";

  private constructor(code: ImageError["code"], message: string) {
    super(message);
    this.name = "ImageError";
    this.code = code;
  }

  static collision(first: string, second: string): ImageError {
    const what = `${first} and ${second} have the same hash`;
    return new ImageError("IMAGE_COLLISION", `${what}: pack again with another seed, or rename one of them`);
  }

  static invalid(field: string, value: unknown, remedy: string): ImageError {
    return new ImageError("IMAGE_INVALID", `automaton ${field} = ${String(value)}: ${remedy}`);
  }
}

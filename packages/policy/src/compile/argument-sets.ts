/** The different lists of arguments that the rules of a container name, each once. */

/** So many a rule table has (PC_ARGUMENT_SETS of native/include/abi.h). */
const most = 64;

export class ArgumentSets {
  readonly sets: (readonly string[])[] = [];
  readonly #numbers = new Map<string, number>();

  /** The number of the list, from 1 on; a text: the reason why it has none. */
  number(allowed: readonly string[]): number | string {
    const key = JSON.stringify(allowed);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.sets.length === most)
      return `allowedArgs is beyond the ${most} different lists that the rules of one container can have: use the same list in more rules`;
    this.sets.push(allowed);
    this.#numbers.set(key, this.sets.length);
    return this.sets.length;
  }
}

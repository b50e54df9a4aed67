/** What can be wrong with a conformance corpus itself, as opposed to a case that fails. */
export class CaseInvalidError extends Error {
  readonly code = "CONFORMANCE_CASE_INVALID";
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${file}: ${problem}. The format is described in e2e/conformance/README.md`, options);
    this.name = "CaseInvalidError";
  }
}

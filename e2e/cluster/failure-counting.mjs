/**
 * Jest's Node environment that also counts failed tests and hooks where the cluster's code can see it: a cluster that ends after a
 * failure keeps its logs. Plain JavaScript, because Jest loads it before any transform.
 */
import { TestEnvironment } from "jest-environment-node";

export default class FailureCounting extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global[Symbol.for("portcullis.e2e.failures")] = 0;
  }

  async handleTestEvent(event) {
    if (event.name === "test_fn_failure" || event.name === "hook_failure") {
      this.global[Symbol.for("portcullis.e2e.failures")] += 1;
    }
  }
}

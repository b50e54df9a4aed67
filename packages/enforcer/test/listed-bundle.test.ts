import { describe, expect, it } from "@jest/globals";
import { ListedBundle } from "../src/bind/listed-bundle.ts";
import { accepted, selected, sleep } from "./reconciling-node.ts";

/** A list of containers that is made whole when the test says so. */
class ByHand {
  listed = 0;
  begun = 0;
  list(): number {
    this.begun++;
    return this.begun;
  }
  end(): void {
    this.listed = this.begun;
  }
}

describe("the bundle that a listing proves", () => {
  const bundle = () => accepted(selected(1, sleep.digest));

  it("is none before the containers were listed whole after its coming, and then it is", () => {
    const listing = new ByHand();
    const proven = new ListedBundle(listing);
    const first = bundle();
    expect([proven.of(first), proven.of(first)]).toEqual(["none", "none"]);
    listing.end();
    expect([proven.of(first), proven.of(first)]).toEqual([first, first]);
    expect(listing.begun).toBe(1);
  });

  it("follows bundles that come faster than the containers are listed, one listing behind", () => {
    const listing = new ByHand();
    const proven = new ListedBundle(listing);
    const bundles = Array.from({ length: 6 }, bundle);
    const at = (i: number) => proven.of(bundles[i]!);
    expect([at(0), at(1)]).toEqual(["none", "none"]);
    listing.end();
    // What it was begun for, and not the one that has come since.
    expect(at(2)).toBe(bundles[0]);
    expect([at(3), at(4)]).toEqual([bundles[0], bundles[0]]);
    listing.end();
    expect(at(5)).toBe(bundles[2]);
    listing.end();
    expect(at(5)).toBe(bundles[5]);
  });
});

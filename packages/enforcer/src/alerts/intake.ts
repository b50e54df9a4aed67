/** Where kernel events become alerts: a batch is attributed, converted and spooled before the next is read. */

import { encodeAlert } from "@portcullis/bus";
import type { Log } from "@portcullis/daemon";
import type { KernelEvent } from "@portcullis/native";
import type { Count } from "../counters.ts";
import type { Wake } from "../wake.ts";
import { type AlertOrigin, alertOf } from "./alert.ts";
import { type AttributionSources, attribute } from "./attribution.ts";
import type { Spool } from "./spool.ts";

interface IntakeOptions {
  readonly sources: AttributionSources;
  /** Asked once a batch, so that a clock that was set shows. */
  readonly origin: () => AlertOrigin;
  readonly spool: Spool;
  /** Set after alerts were spooled. */
  readonly wake: Wake;
  readonly log: Log;
  readonly count: Count;
}

/** A listener for the engine's events. Never throws: an event that cannot be converted is counted and the rest goes on. */
export function alertIntake(options: IntakeOptions): (events: readonly KernelEvent[]) => void {
  const { sources, origin, spool, wake, log, count } = options;
  let complained = false;
  return (events) => {
    const of = origin();
    const payloads: Uint8Array[] = [];
    for (const event of events) {
      try {
        const attribution = attribute(event, sources);
        if (!attribution.binding || (event.ruleId !== 0 && !attribution.rule)) count("events_unattributed");
        payloads.push(encodeAlert(alertOf(event, attribution, of)));
      } catch (error) {
        count("events_unreadable");
        if (!complained) log.error("an event could not be made an alert, later ones are only counted", { error });
        complained = true;
      }
    }
    count("events", events.length);
    count("alerts_spooled", spool.append(payloads));
    wake.set();
  };
}

/** The figures against what is to be reached. What was not measured this time is a row too. */

import type { AlertFigures } from "./alerts.ts";
import type { ComebackFigures } from "./comeback.ts";
import type { ControlFigures } from "./control-plane.ts";
import type { GuestFigures } from "./guest.ts";
import type { Options } from "./options.ts";
import type { ReplicatedFigures } from "./replicated-alerts.ts";
import type { Row } from "./rows.ts";

type Sizes = Pick<Options, "nodes" | "pods" | "policies" | "small">;

/** Bounds are for the sizes that a large cluster has; other sizes have figures and no bounds. */
const boundsAt = { nodes: 5_000, pods: 150_000, policies: 2_000 };

export function controlRows(
  sizes: Sizes,
  figures: { readonly small: ControlFigures; readonly large: ControlFigures } | undefined,
): Row[] {
  const large = figures?.large;
  const bounded = sizes.nodes >= boundsAt.nodes && sizes.pods >= boundsAt.pods && sizes.policies >= boundsAt.policies;
  const most = (value: number) => (bounded ? { most: value } : {});
  const ratio = (of: (figures: ControlFigures) => number) => figures && of(figures.large) / of(figures.small);
  return [
    {
      ...{ name: "controller, cold start to the last bundle received", unit: "s of CPU", found: large?.coldStartCpuS },
      ...most(15),
      ...(large && { note: `wall ${large.coldStartWallS.toFixed(1)} s` }),
    },
    {
      name: "controller, memory at most during the cold start",
      unit: "MiB",
      found: large?.coldStartRssMib,
      ...most(600),
    },
    { name: "controller, memory after the run", unit: "MiB", found: large?.rssMib },
    {
      ...{ name: "pod event, until everything it causes is done", unit: "ms of CPU", found: large?.podEventCpuMs },
      ...most(0.5),
    },
    {
      ...{ name: `pod event, ${sizes.nodes} nodes against ${sizes.small}`, unit: "times" },
      ...{ found: ratio((of) => of.podEventCpuMs), most: 1.5 },
    },
    {
      ...{ name: "node event, until everything it causes is done", unit: "ms of CPU", found: large?.nodeEventCpuMs },
      ...most(0.5),
    },
    {
      ...{ name: `node event, ${sizes.nodes} nodes against ${sizes.small}`, unit: "times" },
      ...{ found: ratio((of) => of.nodeEventCpuMs), most: 1.5 },
    },
    {
      ...{ name: "policy edit that touches all nodes, received by 99 of 100", unit: "ms", found: large?.editP99Ms },
      ...{ most: 1_000, wall: true },
      ...(large && { note: `${large.editCpuS.toFixed(2)} s of the controller's CPU` }),
    },
    { name: "steady state", unit: "cores", found: large?.idleCores, ...most(0.02) },
    { name: "steady state, statuses written in 20 s", unit: "writes", found: large?.idleStatusWrites, most: 0 },
  ];
}

export function alertRows(figures: AlertFigures | undefined): Row[] {
  const note = figures && `wall ${figures.perSecond.toFixed(0)} a second`;
  return [
    {
      ...{ name: "alerts from one node, encoded and acknowledged", unit: "for a second of its CPU" },
      ...{ found: figures?.perCoreSecond, least: 50_000, ...(note === undefined ? {} : { note }) },
    },
  ];
}

/** To be 50,000 a second with one and a half cores of all three. */
export function replicaRows(figures: ReplicatedFigures | undefined): Row[] {
  const { perSecond = 0, cores = 0 } = figures ?? {};
  return [
    {
      ...{ name: "alerts into three replicas", unit: "for a second of the CPU of all three servers" },
      ...{ found: figures?.perCpuSecond, least: Math.ceil(50_000 / 1.5) },
      ...(figures && { note: `wall ${perSecond.toFixed(0)} a second with ${cores.toFixed(2)} cores` }),
    },
  ];
}

export function comebackRows(
  { nodes }: Sizes,
  figures: { readonly plain: ComebackFigures; readonly tls: ComebackFigures } | undefined,
): Row[] {
  const { tls, plain } = figures ?? {};
  const name = `NATS killed under ${nodes} nodes with TLS and callout`;
  return [
    {
      ...{ name: `${name}: all back, server and controller`, unit: "s of CPU" },
      found: tls && tls.serverCpuS + tls.controllerCpuS,
      ...(nodes >= boundsAt.nodes ? { most: 15 } : {}),
      ...(tls && { note: comebackNote(tls) }),
    },
    {
      ...{ name: `${name}: the server's memory against the same without TLS`, unit: "times", most: 1.5 },
      found: tls && plain && tls.serverRssMib / plain.serverRssMib,
      ...(tls && plain && { note: `${tls.serverRssMib.toFixed(0)} MiB against ${plain.serverRssMib.toFixed(0)}` }),
    },
    {
      ...{ name: `consumers left behind by ${tls?.restarts ?? 100} restarts of nodes`, unit: "consumers" },
      ...{ found: tls && plain && Math.max(tls.leaked, plain.leaked), most: 0 },
    },
  ];
}

const comebackNote = ({ wallS, serverCpuS, controllerCpuS }: ComebackFigures): string =>
  `wall ${wallS.toFixed(1)} s; the server ${serverCpuS.toFixed(1)}, the controller ${controllerCpuS.toFixed(1)}`;

export function guestRows(figures: GuestFigures | undefined): Row[] {
  const above = (name: "enforcer" | "controller"): Row => ({
    ...{ name: `idle memory of the ${name} on a small cluster, above a bare Node process`, unit: "MiB", most: 45 },
    found: figures && figures[name] - figures.bare,
    ...(figures && { note: `${figures[name].toFixed(0)} and ${figures.bare.toFixed(0)} MiB` }),
  });
  const edits = typeof figures?.edits === "object" ? figures.edits : undefined;
  const why = typeof figures?.edits === "string" ? { note: figures.edits } : {};
  return [
    above("enforcer"),
    above("controller"),
    {
      ...{ name: "edit to in force in a guest, 99 of 100 of 200 edits", unit: "ms", found: edits?.p99Ms },
      ...{ most: 250, wall: true },
      ...(edits && { note: `half of them ${edits.medianMs.toFixed(0)}; clocks within ${edits.clockMs.toFixed(0)} ms` }),
      ...why,
    },
  ];
}

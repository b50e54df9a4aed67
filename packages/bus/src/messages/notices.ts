/** What a node noticed of the names of policies ⇄ its part of a node status. */

import type { NodeStatus, NoticedName } from "@portcullis/model";
import type { portcullis } from "../generated/portcullis.js";
import { unlessDefault } from "./fields.ts";
import { policyRefFromWire, policyRefToWire } from "./policy-ref.ts";

type Noticed = Pick<NodeStatus, "notices" | "noticesCut">;

export const noticesToWire = ({ notices = [], noticesCut = false }: Noticed) => ({
  notices: notices.map(({ policy, namesNothing, unprotectedSources, cut = false, pending = false }, i) => ({
    policy: policyRefToWire(policy, `notices[${i}].policy`),
    namesNothing: namesNothing.map(nameToWire),
    unprotectedSources: unprotectedSources.map(nameToWire),
    cut: unlessDefault(cut),
    pending: unlessDefault(pending),
  })),
  noticesCut: unlessDefault(noticesCut),
});

export function noticesFromWire({ notices, noticesCut }: portcullis.v1.NodeStatus): Noticed {
  const found = notices.map(({ policy, namesNothing, unprotectedSources, cut, pending }, i) => ({
    policy: policyRefFromWire(policy ?? {}, `notices[${i}].policy`),
    namesNothing: (namesNothing ?? []).map(nameFromWire),
    unprotectedSources: (unprotectedSources ?? []).map(nameFromWire),
    ...(cut && { cut }),
    ...(pending && { pending }),
  }));
  return {
    ...(found.length > 0 && { notices: found }),
    ...(noticesCut && { noticesCut }),
  };
}

const nameToWire = ({ origin, name, why }: NoticedName) => ({
  origin: unlessDefault(origin),
  name: unlessDefault(name),
  why: unlessDefault(why),
});

const nameFromWire = ({ origin, name, why }: portcullis.v1.NoticedName.$Properties): NoticedName => ({
  origin: origin ?? "",
  name: name ?? "",
  why: why ?? "",
});

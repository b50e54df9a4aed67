/**
 * The keys of bundles as they are kept in the Secret, and what follows from them. Pure.
 *
 *     {"signing": "<PKCS #8, base64>", "next": "<the same>", "retired": ["<SPKI, base64>"], "rotation": "<text>"}
 */

import { PublicKeys, SigningKey } from "@portcullis/bus";
import { z } from "zod";
import { KeysUnreadableError } from "../errors.ts";

export interface KeyState {
  /** What bundles are signed with. */
  readonly signing: SigningKey;
  /** Published already, and not used yet. */
  readonly next?: SigningKey | undefined;
  /** Public keys that signed before, and of which nodes may still hold bundles. */
  readonly retired: readonly string[];
  /** The request for a rotation that was followed last. */
  readonly rotation: string;
}

const form = z.object({
  signing: z.string(),
  next: z.string().optional(),
  retired: z.array(z.string()),
  rotation: z.string(),
});

export const firstState = (rotation: string): KeyState => ({ signing: SigningKey.generate(), retired: [], rotation });

/** @throws KeysUnreadableError, which repeats nothing of the text */
export function readState(text: string): KeyState {
  try {
    const { signing, next, ...rest } = form.parse(JSON.parse(text));
    const state = { signing: SigningKey.parse(signing), ...rest };
    return next === undefined ? state : { ...state, next: SigningKey.parse(next) };
  } catch {
    throw new KeysUnreadableError("the Secret of the signing key holds something else; without data it gets a new key");
  }
}

export function writeState({ signing, next, retired, rotation }: KeyState): string {
  return JSON.stringify({ signing: signing.secret(), next: next?.secret(), retired, rotation });
}

/** The keys that nodes are to accept. */
export function publicKeysOf({ signing, next, retired }: KeyState): PublicKeys {
  return new PublicKeys([signing.publicKey, ...(next === undefined ? [] : [next.publicKey]), ...retired]);
}

/** A new key is to follow the present one. */
export const withNext = (state: KeyState, rotation: string): KeyState => ({
  ...state,
  next: SigningKey.generate(),
  rotation,
});

/** The next key signs from now on. */
export function switched({ signing, next, retired, rotation }: KeyState): KeyState {
  return {
    signing: next ?? signing,
    retired: next === undefined ? retired : [...retired, signing.publicKey],
    rotation,
  };
}

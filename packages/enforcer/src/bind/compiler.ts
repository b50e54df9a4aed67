/** The policy package's compiler and the native package's packer as the one step that binding needs. */

import { packImage, withGeneration } from "@portcullis/native";
import { compile, pathsToResolve } from "@portcullis/policy";
import type { Compiler } from "../ports.ts";

/** `seed`: of the engine the images are for. */
export function compilerFor(seed: readonly [bigint, bigint]): Compiler {
  return {
    pathsToResolve,
    compile: (ruleSet, aliases) => {
      const { automaton, unenforced } = compile(ruleSet, { aliases });
      const image = packImage(automaton, { seed, generation: 1n });
      return { pack: (generation) => withGeneration(image, generation), unenforced };
    },
  };
}

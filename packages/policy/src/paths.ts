/**
 * Names as rules write them: absolute, with one slash between two components. What the schema refuses is refused here again, because a
 * policy may come from a file, and a wrong name would never match and nobody would be told.
 */

/** PATH_MAX counts the final NUL. */
const pathBytes = 4095;
/** NAME_MAX of every file system Linux has. */
const componentBytes = 255;

const bytes = (text: string): number => Buffer.byteLength(text, "utf8");

/** Why `name` cannot be the name of a file, with the remedy; undefined if it can. A directory may end in "/". */
export function pathFault(name: string, directory: boolean): string | undefined {
  if (name === "") return "is empty: give an absolute name such as /etc/passwd";
  if (!name.startsWith("/")) return "is not absolute: begin it with /";
  if (name.includes("\0")) return "contains a NUL byte: no name can";
  if (!directory && name.endsWith("/")) return "ends in /: drop the slash, or use matchDirectories";
  if (bytes(name) > pathBytes) return `has ${bytes(name)} bytes: the kernel takes ${pathBytes} at most`;
  for (const component of components(name)) {
    if (component === "") return "has an empty component: write one / between two names";
    if (component === "." || component === "..") return `has the component "${component}": write the name without it`;
    if (bytes(component) > componentBytes)
      return `has a component of ${bytes(component)} bytes: a file's name has ${componentBytes} at most`;
  }
  return undefined;
}

/** "/usr/bin/" and "/usr/bin" are ["usr", "bin"]; "/" is []. */
export function components(name: string): string[] {
  const inner = name.replace(/^\//, "").replace(/\/$/, "");
  return inner === "" ? [] : inner.split("/");
}

/** The one spelling of a directory: with the slash at its end. */
export const asDirectory = (name: string): string => (name.endsWith("/") ? name : `${name}/`);

/**
 * The name without the folders in which kubelet keeps the files of a volume (`..<date>`, and `..data`, the link to it): the kernel leaves them
 * out of an object's name where the container cannot have made them (native/bpf/path.h). Of a file's name the last component
 * stays; of a directory's none does, because it is what lies in it that is meant.
 */
export function visible(name: readonly string[], directory: boolean): readonly string[] {
  const last = directory ? name.length : name.length - 1;
  const isLeftOut = (part: string, at: number) => part.length > 2 && part.startsWith("..") && at < last;
  return name.some(isLeftOut) ? name.filter((part, at) => !isLeftOut(part, at)) : name;
}

/**
 * Applets of multi-call programs (busybox, toybox, coreutils). The alias of /bin/cat, a link to /bin/busybox, is the program together with the applet.
 * In the tree of names an applet is a component below its program, beside the one for any applet. No name has such components, because they begin
 * with eight NULs, which native/bpf/applet.h hashes before an applet's name.
 */

const between = "\0";
const before = "\0".repeat(8);

export interface Applet {
  /** The program's real name. */
  readonly program: string;
  readonly applet: string;
}

export const appletAlias = ({ program, applet }: Applet): string => `${program}${between}${applet}`;

/** Undefined: the alias is a name as any other. */
export function appletOf(alias: string): Applet | undefined {
  const at = alias.indexOf(between);
  return at < 0 ? undefined : { program: alias.slice(0, at), applet: alias.slice(at + 1) };
}

/** Its component in the tree of names. */
export const appletComponent = (applet: string): string => `${before}${applet}`;

/** Whichever applet it is. */
export const anyApplet = before;

export const isAppletComponent = (component: string): boolean => component.startsWith(before);

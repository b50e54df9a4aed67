/**
 * Domains of DNS as rules write them and as the kernel sees them in queries: labels, whatever the case of their letters. A domain covers its
 * sub-domains. Labels are bytes; those of rules are ASCII, because that is what queries have.
 */

/** The kernel compares so many labels, from the last one on (PC_NAME_WINDOW of native/include/abi.h). */
const mostLabels = 16;
const longestName = 253;
const longestLabel = 63;

/** What is wrong with a domain of a rule, in words for the status; undefined: nothing. */
export function domainFault(domain: string): string | undefined {
  const labels = domain.split(".");
  if (domain === "") return "is empty: name a domain";
  if (domain.includes("*")) return "has a *: a domain covers its sub-domains, so name the domain alone";
  if (!/^[\x21-\x7e]*$/.test(domain)) return "has a character that queries do not have: write it as they do (xn--…)";
  if (/[A-Z]/.test(domain)) return "is not in lower case";
  if (labels.includes("")) return "has an empty label between two dots";
  if (domain.length > longestName || labels.some((label) => label.length > longestLabel))
    return `is too long: a name has ${longestName} characters and a label ${longestLabel} at most`;
  if (labels.length > mostLabels)
    return `has more than ${mostLabels} labels: name a domain above it, which covers this one`;
  return undefined;
}

/** The domains of a comma list, each once, in lower case and without dots around them; or what is wrong with the first that is none. */
export function domainsIn(text: string): readonly string[] | string {
  const words = [
    ...new Set(
      text.split(",").map((word) =>
        word
          .trim()
          .toLowerCase()
          .replace(/^\.+|\.+$/g, ""),
      ),
    ),
  ];
  for (const word of words) {
    const fault = domainFault(word);
    if (fault !== undefined) return `${JSON.stringify(word)} ${fault}`;
  }
  return words;
}

/** The domain and those above it, the nearest first: `a.b.c`, `b.c`, `c`; of a longer name those that rules can name. */
export function domainsAbove(name: string): string[] {
  const labels = name.toLowerCase().split(".");
  return labels.map((_, first) => labels.slice(first).join(".")).slice(-mostLabels);
}

/** What this is a version of: the same as in package.json and in the chart, which a test compares. */
export const version = "0.1.0";

/** The categories in the order of the pairs. */
export const automatonCategories = ["process", "file"] as const;

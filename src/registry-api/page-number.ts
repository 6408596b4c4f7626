/**
 * The parameter `n` of a list: how many names a client asks for (OCI distribution-spec 1.1, "Listing tags").
 * (decision G2)
 */

/** null for what is no whole number in decimal digits; Infinity for one that is too large for a number. */
export const readPageNumber = (text: string): number | null => (/^[0-9]+$/.test(text) ? Number(text) : null)

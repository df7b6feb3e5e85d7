/** Settings of a pull wire that holds more than any benchmark puts on it: what is measured is never back-pressure. */
export const ENDLESS = { capacity: 1_000_000_000, capacityBytes: 1_000_000_000_000 };

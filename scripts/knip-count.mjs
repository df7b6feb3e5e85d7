// A knip reporter that says how many files knip looked at, which its own reporters do not.
/** @param {{ counters: { processed: number }, write: (text: string) => void }} run */
export default function knipCount({ counters, write }) {
  write(`knip looked at ${counters.processed} files`);
}

import { checks } from './checks.mjs';
import { seconds } from './report.mjs';

/** @typedef {import('./checks.mjs').Finding} Finding */

/**
 * Runs every check, also after one has failed, and says of each on how much it looked.
 * @param {import('./set-up.mjs').Tools} tools
 * @param {import('./report.mjs').Report} report
 * @returns {Promise<boolean>} true when all are content
 */
export async function runChecks(tools, report) {
  let clean = true;
  for (const { name, run } of checks) {
    const began = Date.now();
    const finding = await run(tools);
    const { ok, problem } = judge(finding);
    const looked = finding.looked.map(({ count, what }) => `${count} ${what}`).join(', ');
    report.line(`${name}: ${ok ? 'good' : 'FAILED'} (${looked}, ${seconds(Date.now() - began)})`);
    if (!ok) report.line(`${finding.output.trim()}\n${problem}`.trimEnd());
    clean &&= ok;
  }
  return clean;
}

/**
 * A checker is believed only if it looked at enough.
 * @param {Finding} finding
 */
export function judge({ ok, looked }) {
  const missing = looked.filter(({ count, atLeast }) => count < atLeast);
  const problem = missing
    .map(({ count, atLeast, what }) => `It looked at ${count} ${what}; at least ${atLeast} were expected.`)
    .join('\n');
  return { ok: ok && looked.length > 0 && missing.length === 0, problem };
}

const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const DEPTH_MAX = 64;

/** Why a parsed value is not to be worked on, or `undefined`: names that reach prototypes, or too much nesting. */
export function findUnsafeMember(value: unknown, depth = 0): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= DEPTH_MAX) return `The body is nested deeper than ${DEPTH_MAX} levels.`;
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(value) && FORBIDDEN.has(name)) return `"${name}" is not allowed as the name of a member.`;
    const found = findUnsafeMember(member, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

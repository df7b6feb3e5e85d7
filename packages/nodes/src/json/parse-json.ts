import type { Json } from '@sluice/engine';
import { findJsonError } from './find-json-error.ts';

export interface JsonLimits {
  readonly depth: number;
  /** Fields of all objects together. */
  readonly keys: number;
  /** Members of all lists together. */
  readonly members: number;
}

/** Bounds of one message from outside. */
export const MESSAGE_JSON_LIMITS: JsonLimits = { depth: 64, keys: 10_000, members: 100_000 };

/**
 * Names that no object from outside may have: the first three change what objects are where somebody merges carelessly,
 * the other two are the marks by which the expression language knows its functions.
 */
const REFUSED_KEYS: ReadonlySet<string> = new Set([
  '__proto__',
  'constructor',
  'prototype',
  '_jsonata_lambda',
  '_jsonata_function',
]);

export function isRefusedKey(name: string): boolean {
  return REFUSED_KEYS.has(name);
}

export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly reason: 'broken'; readonly position: number; readonly message: string }
  | {
      readonly ok: false;
      readonly reason: 'too-deep' | 'too-many-keys' | 'too-many-members' | 'refused-key';
      readonly message: string;
    };

/** Parses a JSON text from outside, within bounds. */
export function parseJson(text: string, limits: JsonLimits = MESSAGE_JSON_LIMITS): ParsedJson {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The engine's own message names the place only sometimes, so a broken text is read again, slowly.
    const { position, expected } = findJsonError(text);
    return { ok: false, reason: 'broken', position, message: `is not JSON: ${expected} at position ${position}` };
  }
  return checkBounds(value, limits);
}

/** Walks without recursion: the depth of the value is what is to be found out. */
function checkBounds(value: Json, limits: JsonLimits): ParsedJson {
  let keys = 0;
  let members = 0;
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.depth) {
      return { ok: false, reason: 'too-deep', message: `is nested deeper than ${limits.depth}` };
    }
    const next: Json[] = [];
    for (const container of level) {
      if (typeof container !== 'object' || container === null) continue;
      if (Array.isArray(container)) {
        members += container.length;
        if (members > limits.members) {
          return { ok: false, reason: 'too-many-members', message: `has lists of more than ${limits.members} members` };
        }
        for (const member of container as readonly Json[]) next.push(member);
        continue;
      }
      for (const [key, member] of Object.entries(container)) {
        keys += 1;
        if (isRefusedKey(key)) return { ok: false, reason: 'refused-key', message: `has a field named ${key}` };
        next.push(member);
      }
      if (keys > limits.keys) {
        return { ok: false, reason: 'too-many-keys', message: `has more than ${limits.keys} fields` };
      }
    }
    level = next;
  }
  return { ok: true, value };
}

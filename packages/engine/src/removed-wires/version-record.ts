import { parseDocument, type PipelineDocument, type WireDocument } from '@sluice/pipeline';
import type { RemovedWireFate } from '../engine-interface.ts';
import type { Json } from '../message.ts';
import { entryOfPlace } from '../operations/redrive-queue.ts';

export interface KnownVersion {
  readonly version: number;
  readonly document: PipelineDocument;
}

/** A version that runs no more and has left messages behind. */
interface LeavingVersion extends KnownVersion {
  /** By id of the wire, or of the subscribing node. */
  readonly fates: Readonly<Record<string, RemovedWireFate>>;
}

/**
 * What the engine itself keeps of versions, beside the messages: which one it took last, and what was decided about wires
 * that earlier ones left behind. It is stored before a version takes over. So a process that died in the midst of a
 * change, or while a wire drained, knows after the restart who read each wire and what was to become of it.
 */
export interface VersionRecord {
  readonly current: KnownVersion | undefined;
  readonly leaving: readonly LeavingVersion[];
}

/** Cursor under which it stands. No node has this id. */
export function versionCursor(pipelineId: string): string {
  return `${pipelineId}/.versions`;
}

/** Versions that are remembered for what they left, at most. */
export const LEAVING_MAX = 16;

/** The version that had a wire, or a node that subscribed: the newest that did. */
export function ownerOf(record: VersionRecord, wireId: string): KnownVersion | undefined {
  return record.leaving.find(({ fates }) => Object.hasOwn(fates, wireId));
}

/** What was decided about wires, by id. */
export function recordedFates({ leaving }: VersionRecord): ReadonlyMap<string, RemovedWireFate> {
  return new Map(leaving.flatMap(({ fates }) => Object.entries(fates)));
}

/**
 * The record for a version that takes over. Each removed wire is kept with the version that had it last: the one before,
 * or the one of which it was known already.
 */
export function recordFor(request: {
  readonly record: VersionRecord;
  readonly next: KnownVersion;
  readonly fates: ReadonlyMap<string, RemovedWireFate>;
}): VersionRecord {
  const { record, next } = request;
  // By version itself and not by its number: whoever numbers all its documents alike must not mix them up.
  const leaving = new Map<KnownVersion, LeavingVersion>();
  for (const [wireId, fate] of request.fates) {
    const had = (known: KnownVersion | undefined): boolean => known !== undefined && hasReader(known.document, wireId);
    const owner = had(record.current) ? record.current : record.leaving.find(had);
    if (owner === undefined) continue;
    const known = leaving.get(owner) ?? { ...owner, fates: {} };
    leaving.set(owner, { ...known, fates: { ...known.fates, [wireId]: fate } });
  }
  return { current: next, leaving: [...leaving.values()] };
}

/** The record without wires that are over. */
export function recordWithout(record: VersionRecord, wireIds: readonly string[]): VersionRecord {
  const leaving = record.leaving.flatMap((version) => {
    const fates = Object.fromEntries(Object.entries(version.fates).filter(([wireId]) => !wireIds.includes(wireId)));
    return Object.keys(fates).length === 0 ? [] : [{ ...version, fates }];
  });
  return { ...record, leaving };
}

function hasReader(document: PipelineDocument, wireId: string): boolean {
  return (
    document.wires.some((wire) => wire.id === wireId && keepsMessages(wire)) ||
    document.nodes.some(({ id }) => id === (entryOfPlace(wireId)?.nodeId ?? wireId))
  );
}

function keepsMessages(wire: WireDocument): boolean {
  return wire.delivery !== 'push' || wire.call?.overflow === 'spill';
}

export function writeVersionRecord(record: VersionRecord): Json {
  // Documents and fates are plain JSON; only their types do not say so. Layout belongs to no version.
  const plain = ({ layout: _layout, ...document }: PipelineDocument): Json => document as unknown as Json;
  return {
    current: record.current === undefined ? null : { ...record.current, document: plain(record.current.document) },
    leaving: record.leaving.map((leaving) => ({ ...leaving, document: plain(leaving.document) })),
  };
}

/** What cannot be read any more is left out: its wires are then known to nobody, and somebody is asked. */
export function readVersionRecord(value: Json | undefined): VersionRecord {
  const record = fieldsOf(value);
  const leaving = Array.isArray(record['leaving']) ? (record['leaving'] as readonly Json[]) : [];
  return {
    current: readVersion(record['current']),
    leaving: leaving.flatMap((entry) => {
      const known = readVersion(entry);
      return known === undefined ? [] : [{ ...known, fates: readFates(fieldsOf(entry)['fates']) }];
    }),
  };
}

function readVersion(value: Json | undefined): KnownVersion | undefined {
  const { version, document } = fieldsOf(value);
  const parsed = parseDocument(document);
  return typeof version === 'number' && parsed.ok ? { version, document: parsed.document } : undefined;
}

function readFates(value: Json | undefined): Readonly<Record<string, RemovedWireFate>> {
  const fates: Record<string, RemovedWireFate> = {};
  for (const [wireId, entry] of Object.entries(fieldsOf(value))) {
    const { do: what, to } = fieldsOf(entry);
    if (what === 'dead-letter' || what === 'drain') fates[wireId] = { do: what };
    if (what === 'move' && typeof to === 'string') fates[wireId] = { do: what, to };
  }
  return fates;
}

function fieldsOf(value: Json | undefined): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)
    : {};
}

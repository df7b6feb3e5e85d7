import type { z } from 'zod';

export const ROLES = ['source', 'step', 'sink'] as const;
export type Role = (typeof ROLES)[number];

/** Who decides when a source receives: the outside (push), we (pull), or a broker or topic (event). */
export const SOURCE_STYLES = ['push', 'pull', 'event'] as const;
export type SourceStyle = (typeof SOURCE_STYLES)[number];

/** Palette groups, in the order shown. */
export const PALETTE_GROUPS = ['Push', 'Pull', 'Event', 'Steps', 'Sinks'] as const;
export type PaletteGroup = (typeof PALETTE_GROUPS)[number];

export interface PortDefinition {
  /** Used in `from: node.port`; the first port is the default one. */
  readonly name: string;
  readonly summary: string;
}

/**
 * What a node type *is*: pure data and a schema, safe in a browser. What it does is its behaviour, how it looks is
 * the canvas' affair; the three share one name.
 */
export interface NodeDefinition<Config = unknown> {
  readonly type: string;
  readonly role: Role;
  /** Present exactly on sources. */
  readonly sourceStyle?: SourceStyle;
  readonly group: PaletteGroup;
  readonly title: string;
  /** One sentence for palette and catalogue. */
  readonly summary: string;
  /** Name of a Tabler icon without prefix, such as `webhook`. */
  readonly icon: string;
  /** Output ports; empty on a node that ends the pipeline. Read them with `portsOf`. */
  readonly outputs: readonly PortDefinition[];
  /** Output ports that depend on the node's settings; takes the place of `outputs`. Must not throw, whatever the settings. */
  portsFor?(config: Readonly<Record<string, unknown>>): readonly PortDefinition[];
  /** True when the outside world is called: the node then has a target, a breaker and retries worth setting. */
  readonly callsOut: boolean;
  /**
   * True when it calls what is wired to its ports and goes by the answers. It has to find its message again after a
   * crash, so pull and event wires may lead to it, push wires not.
   */
  readonly coordinates?: boolean;
  /**
   * Schema of `config`. Field metadata (`title`, `description`, `examples`, and `control`) generates the form.
   */
  readonly config: z.ZodType<Config>;
  /** Config of a freshly added node: complete enough to be edited, not necessarily to be deployed. */
  readonly initialConfig: Readonly<Record<string, unknown>>;
  /** What the node promises and what it breaks, in words shown beside its settings. */
  readonly guarantee: string;
  /** The one line of the setting that matters, for the node card: path, URL, expression, interval. */
  summarise(config: Readonly<Record<string, unknown>>): string;
}

/** Where a step or sink puts what it gave up on, if a wire leads on from there; else it goes to dead letter. */
export const FAILED_PORT: PortDefinition = {
  name: 'failed',
  summary: 'Messages that were given up here, instead of dead letter.',
};

/** Output ports of a node as it is set up, the one for what it gave up included. */
export function portsOf(
  definition: NodeDefinition,
  config: Readonly<Record<string, unknown>> = {},
): readonly PortDefinition[] {
  const own = definition.portsFor?.(config) ?? definition.outputs;
  return definition.role === 'source' ? own : [...own, FAILED_PORT];
}

/** The port that a wire starts at when it names none; `undefined` where every wire has to name one. */
export function firstPort(
  definition: NodeDefinition,
  config: Readonly<Record<string, unknown>> = {},
): PortDefinition | undefined {
  return (definition.portsFor?.(config) ?? definition.outputs)[0];
}

/** Looks a node type up; what validation, planning and the canvas need of the catalogue. */
export interface NodeCatalogue {
  find(type: string): NodeDefinition | undefined;
  readonly types: readonly string[];
}

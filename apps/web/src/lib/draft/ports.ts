import { FAILED_PORT, portsOf, type NodeDefinition, type NodeDocument, type PortDefinition } from '@sluice/pipeline';

/** The ports that a node shows at all times: all but the one for what it gives up. */
export function ownPorts(definition: NodeDefinition, config: NodeDocument['config']): readonly PortDefinition[] {
  return portsOf(definition, config).filter(({ name }) => name !== FAILED_PORT.name);
}

import type { Client } from '../prisma-client.ts';

export async function removeDeployment(client: Client, pipelineId: string): Promise<void> {
  await client.deployment.deleteMany({ where: { pipelineId } });
}

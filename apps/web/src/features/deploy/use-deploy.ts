import type { DeployRequest } from '@sluice/protocol';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { pipelineRequests } from '../../lib/api/pipeline-requests.ts';
import { showDone } from '../../ui/show-failure.ts';

interface UseDeployOptions {
  readonly pipelineId: string;
  readonly onFlush: () => Promise<boolean>;
  readonly onDeployed: () => void;
}

/** The draft could not be saved, so there is nothing sure to deploy. */
class DraftNotSavedError extends Error {
  readonly code = 'draft-not-saved';

  constructor() {
    super('The draft could not be saved, so it was not deployed. The header says why.');
    this.name = 'DraftNotSavedError';
  }
}

/** Saves the draft, then deploys it, or a version that is named. */
export function useDeploy({ pipelineId, onFlush, onDeployed }: UseDeployOptions) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (request: DeployRequest) => {
      if (request.version === undefined && !(await onFlush())) throw new DraftNotSavedError();
      return pipelineRequests.deploy(pipelineId, request);
    },
    onSuccess: async ({ version }) => {
      showDone(`Version ${version} deployed`);
      onDeployed();
      await Promise.all([
        client.invalidateQueries({ queryKey: ['versions', pipelineId] }),
        client.invalidateQueries({ queryKey: ['pipelines'] }),
      ]);
    },
  });
}

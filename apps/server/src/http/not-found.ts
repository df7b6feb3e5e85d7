import { refuse, type Refusal } from './errors-to-http.ts';

export function pipelineNotFound(idOrName: string): Refusal {
  return refuse('pipeline-not-found', `There is no pipeline with the id or name "${idOrName}".`);
}

export function versionNotFound(number: number): Refusal {
  return refuse('version-not-found', `The pipeline has no version ${number}.`);
}

export function notInOperation(): Refusal {
  return refuse(
    'not-deployed',
    'The pipeline is not in operation, so nobody looks after its wires. Deploy or resume it first.',
  );
}

export function notDeployed(): Refusal {
  return refuse('not-deployed', 'The pipeline has not been deployed yet. Deploy it first.');
}

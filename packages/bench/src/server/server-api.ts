import type { PipelineDocument } from '@sluice/pipeline';

/** The figures of a pipeline that the bench looks at. */
interface PipelineStatus {
  readonly wires: Readonly<Record<string, { readonly depth: number }>>;
  readonly nodes: Readonly<Record<string, { readonly completed: number; readonly deadLetters: number }>>;
}

/** What the bench does with a server, as a user's program would. Rejects with the server's own words. */
export interface ServerApi {
  setSecret(name: string, value: string): Promise<void>;
  /** Creates a pipeline and puts it into operation. */
  deploy(document: PipelineDocument): Promise<void>;
  status(pipeline: string): Promise<PipelineStatus>;
}

export function serverApi(url: string): ServerApi {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, url), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    setSecret: async (name, value) => void (await ask('PUT', `/api/v1/secrets/${name}`, { value })),
    async deploy(document) {
      await ask('POST', '/api/v1/pipelines', document);
      await ask('POST', `/api/v1/pipelines/${document.name}/deploy`);
    },
    // The protocol's `PipelineStatus` has these and more.
    status: async (pipeline) => (await ask('GET', `/api/v1/pipelines/${pipeline}/status`)) as PipelineStatus,
  };
}

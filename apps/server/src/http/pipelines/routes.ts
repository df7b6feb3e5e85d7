import type { SaveDraftResult, StoredPipeline } from '@sluice/database';
import { type PipelineDocument, printDocument } from '@sluice/pipeline';
import { removePipeline } from '../../use-cases/remove-pipeline.ts';
import type { ServerParts } from '../../use-cases/server-parts.ts';
import { type Answer, EMPTY, json, text } from '../answer.ts';
import { refuse } from '../errors-to-http.ts';
import type { HandlersOf } from '../handlers.ts';
import { pipelineNotFound } from '../not-found.ts';
import { presentPipeline, presentSummary } from './present-pipeline.ts';
import { readDocument } from './read-document.ts';
import { etagOf, readIfMatch } from './revision.ts';

export function pipelineRoutes(
  parts: ServerParts,
): HandlersOf<'listPipelines' | 'createPipeline' | 'readPipeline' | 'saveDraft' | 'removePipeline'> {
  return {
    async listPipelines() {
      const stored = await parts.database.pipelines.list();
      return json({ pipelines: await Promise.all(stored.map((pipeline) => presentSummary(parts, pipeline))) });
    },

    async createPipeline({ body }) {
      const read = readDocument(body);
      if (!read.ok) return read.refusal;
      const created = await parts.database.pipelines.create({ document: read.document });
      if (!created.ok) return nameTaken(read.document);
      const { pipeline } = created;
      return json(await presentPipeline(parts, pipeline), {
        status: 201,
        headers: { location: `/api/v1/pipelines/${pipeline.id}`, etag: etagOf(pipeline.revision) },
      });
    },

    async readPipeline({ params, query, header }) {
      const stored = await parts.database.pipelines.find(params.id);
      if (stored === undefined) return pipelineNotFound(params.id);
      const format = query.format ?? (wantsYaml(header('accept')) ? 'yaml' : undefined);
      if (format !== undefined) return exportDraft(stored, format);
      return json(await presentPipeline(parts, stored), { headers: { etag: etagOf(stored.revision), vary: 'Accept' } });
    },

    async saveDraft({ params, body, header }) {
      const wanted = readIfMatch(header('if-match'));
      if (wanted.kind === 'missing') {
        return refuse(
          'revision-missing',
          'Send the ETag of the revision that was edited as If-Match, so that nobody overwrites what he has not seen.',
        );
      }
      if (wanted.kind === 'malformed')
        return refuse('request-invalid', 'If-Match must be one ETag of this pipeline, such as "3".');
      const read = readDocument(body);
      if (!read.ok) return read.refusal;
      const stored = await parts.database.pipelines.find(params.id);
      if (stored === undefined) return pipelineNotFound(params.id);
      const revision = wanted.kind === 'any' ? stored.revision : wanted.revision;
      const saved = await parts.database.pipelines.saveDraft({ id: stored.id, document: read.document, revision });
      return presentSaved(parts, saved, { id: params.id, document: read.document });
    },

    async removePipeline({ params }) {
      const removed = await removePipeline(parts, params.id);
      if (removed.ok) return EMPTY;
      if (removed.reason === 'pipeline-not-found') return pipelineNotFound(params.id);
      return refuse('still-deployed', 'The pipeline is deployed. Stop it first; then it can be removed.');
    },
  };
}

/** Says how a save went, and tells those who watch. Also for a draft that a version was copied into. */
export async function presentSaved(
  parts: ServerParts,
  saved: SaveDraftResult,
  o: { readonly id: string; readonly document: PipelineDocument },
): Promise<Answer> {
  if (saved.ok) {
    const { pipeline } = saved;
    parts.announce({
      pipelineId: pipeline.id,
      kind: 'draft-saved',
      elementId: null,
      text: `Revision ${pipeline.revision} of the draft was saved`,
    });
    return json(await presentPipeline(parts, pipeline), { headers: { etag: etagOf(pipeline.revision) } });
  }
  switch (saved.reason) {
    case 'not-found':
      return pipelineNotFound(o.id);
    case 'name-taken':
      return nameTaken(o.document);
    case 'stale':
      return refuse(
        'revision-stale',
        'Somebody else saved this pipeline meanwhile. Nothing was overwritten; look at the other version and save again.',
        {
          members: { current: await presentPipeline(parts, saved.current) },
          headers: { etag: etagOf(saved.current.revision) },
        },
      );
  }
}

function nameTaken(document: PipelineDocument): Answer {
  return refuse('name-taken', `There is another pipeline named "${document.name}". Choose another name.`);
}

function exportDraft({ name, document }: StoredPipeline, syntax: 'json' | 'yaml'): Answer {
  const type = syntax === 'yaml' ? 'application/yaml' : 'application/json';
  return text(printDocument(document, { syntax }), `${type}; charset=utf-8`, {
    'content-disposition': `attachment; filename="${name}.${syntax}"`,
    vary: 'Accept',
  });
}

/** YAML comes to those who ask for it and not for JSON as well, as browsers do with their `*`. */
function wantsYaml(accept: string | undefined): boolean {
  return accept !== undefined && /\b(application|text)\/(x-)?yaml\b/i.test(accept) && !/json/i.test(accept);
}

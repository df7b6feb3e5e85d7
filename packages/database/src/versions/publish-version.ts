import { isDeepStrictEqual } from 'node:util';
import type { PipelineDocument } from '@sluice/pipeline';
import { PipelineMissingError } from '../database-errors.ts';
import { type Client, isForeignKeyViolation, isUniqueViolation } from '../prisma-client.ts';
import { storableJson } from '../storable-json.ts';
import { storableText } from '../storable-text.ts';
import type { StoredVersion } from './stored-version.ts';
import { toStoredVersion } from './to-domain.ts';

/** In each round somebody gets a number, so this many publishers at the same moment are served. */
const ROUNDS_MAX = 100;

/**
 * The primary key, not a lock, decides who gets a number: the loser of a race reads again, and if the winner published
 * the same document, that version is the answer for both.
 */
export async function publishVersion(
  client: Client,
  {
    pipelineId,
    document,
    note,
  }: { readonly pipelineId: string; readonly document: PipelineDocument; readonly note?: string },
): Promise<StoredVersion> {
  const stored = storableJson(document);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const newest = await client.version.findFirst({ where: { pipelineId }, orderBy: { number: 'desc' } });
    if (newest !== null && isDeepStrictEqual(withoutLayout(newest.document), withoutLayout(stored)))
      return toStoredVersion(newest);
    try {
      const row = await client.version.create({
        data: {
          pipelineId,
          number: (newest?.number ?? 0) + 1,
          document: stored,
          note: note === undefined ? null : storableText(note),
          createdAt: new Date(),
        },
      });
      return toStoredVersion(row);
    } catch (error) {
      if (isForeignKeyViolation(error)) {
        throw new PipelineMissingError(`Pipeline ${pipelineId} does not exist, so no version of it can be published.`, {
          cause: error,
        });
      }
      if (!isUniqueViolation(error)) throw error;
    }
  }
  throw new Error(
    `Pipeline ${pipelineId} was published ${ROUNDS_MAX} times by others while this version waited for a number.`,
  );
}

/** Moving a node is no new version. */
function withoutLayout(document: unknown): unknown {
  const { layout: _, ...rest } = document as PipelineDocument;
  return rest;
}

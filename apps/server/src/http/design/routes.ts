import {
  checkDocument,
  documentJsonSchema,
  type NodeCatalogue,
  type NodeDefinition,
  parseDocumentText,
  portsOf,
} from '@sluice/pipeline';
import { type CatalogEntry, openApiDocument } from '@sluice/protocol';
import { z } from 'zod';
import { json, text } from '../answer.ts';
import type { HandlersOf } from '../handlers.ts';
import { presentFindings } from '../pipelines/read-document.ts';

/** What does not depend on anything stored. */
export function designRoutes(o: {
  readonly catalogue: NodeCatalogue;
  readonly version: string;
}): HandlersOf<'readCatalog' | 'lint' | 'readDocumentSchema' | 'readOpenApi'> {
  const { catalogue } = o;
  const openApi = openApiDocument({ version: o.version });
  const documentSchema = JSON.stringify(documentJsonSchema(), null, 2);
  const definitions = catalogue.types
    .map((type) => catalogue.find(type))
    .filter((definition) => definition !== undefined);
  const nodeTypes = definitions.map(presentNodeType);
  return {
    readCatalog: () => json({ nodeTypes }),
    readDocumentSchema: () => text(documentSchema, 'application/schema+json; charset=utf-8'),
    readOpenApi: () => json(openApi),
    lint({ body }) {
      const parsed = parseDocumentText(body.text, { syntax: body.syntax });
      const findings = parsed.ok ? checkDocument(parsed.document, catalogue) : parsed.findings;
      return json({
        findings: presentFindings(findings),
        deployable: !findings.some((finding) => finding.severity === 'error'),
      });
    },
  };
}

function presentNodeType(definition: NodeDefinition): CatalogEntry {
  return {
    type: definition.type,
    role: definition.role,
    sourceStyle: definition.sourceStyle ?? null,
    group: definition.group,
    title: definition.title,
    summary: definition.summary,
    icon: definition.icon,
    guarantee: definition.guarantee,
    outputs: portsOf(definition, definition.initialConfig).map((port) => ({ ...port })),
    callsOut: definition.callsOut,
    // Both are plain JSON: the one by its author, the other by what JSON Schema is.
    initialConfig: definition.initialConfig as CatalogEntry['initialConfig'],
    configSchema: z.toJSONSchema(definition.config, { io: 'input' }) as unknown as CatalogEntry['configSchema'],
  };
}

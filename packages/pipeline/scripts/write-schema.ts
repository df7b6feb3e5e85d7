import { writeFileSync } from 'node:fs';
import { documentJsonSchema } from '../src/index.ts';

const file = new URL('../../../docs/sluice-v1.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(documentJsonSchema(), null, 2)}\n`);

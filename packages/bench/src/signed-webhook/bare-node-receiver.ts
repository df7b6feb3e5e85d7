import type { ServedProgram } from '../process/program.ts';
import { receiverProgram } from './receiver-program.ts';

/** `node:http` and nothing else: reads the body, parses it, answers. Checks no signature and keeps nothing. */
export function openBareNodeReceiver(): Promise<ServedProgram> {
  return receiverProgram((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { id } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly id: string }; // an order event
      const body = JSON.stringify({ status: 'accepted', id, correlationId: id });
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
}

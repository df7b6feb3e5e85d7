import { createHmac } from 'node:crypto';
import { orderEvent } from '../order-event.ts';
import { WEBHOOK_PATH, WEBHOOK_SECRET } from './webhook-secret.ts';

/** Whole requests as bytes, each with its own id and signature, so that sending them costs the client next to nothing. */
export function signedRequests(count: number, run: string): readonly Buffer[] {
  const timestamp = Math.floor(Date.now() / 1_000);
  return Array.from({ length: count }, (_, number) => {
    const body = JSON.stringify(orderEvent(number));
    const headers = {
      host: '127.0.0.1',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...signature(`${run}-${number}`, timestamp, body),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return Buffer.from([`POST ${WEBHOOK_PATH} HTTP/1.1`, ...lines, '', body].join('\r\n'));
  });
}

const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');

/** The headers that a sender adds by the Standard Webhooks specification (symmetric, `v1`). */
function signature(id: string, timestamp: number, body: string): Readonly<Record<string, string>> {
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${mac}` };
}

import { signStandardWebhook } from '@sluice/testkit';
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
      ...signStandardWebhook({ secret: WEBHOOK_SECRET, id: `${run}-${number}`, timestamp, body }),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    return Buffer.from([`POST ${WEBHOOK_PATH} HTTP/1.1`, ...lines, '', body].join('\r\n'));
  });
}

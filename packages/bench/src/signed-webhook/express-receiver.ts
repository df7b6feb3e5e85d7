import { createHmac, timingSafeEqual } from 'node:crypto';
import express from 'express';
import type { ServedProgram } from '../process/program.ts';
import { receiverProgram } from './receiver-program.ts';
import { WEBHOOK_PATH, WEBHOOK_SECRET } from './webhook-secret.ts';

const TOLERANCE_SECONDS = 300;
const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');

/** An Express route that checks the same signature, parses the same JSON, and keeps nothing. */
export function openExpressReceiver(): Promise<ServedProgram> {
  const app = express();
  app.post(WEBHOOK_PATH, express.raw({ type: '*/*', limit: '1mb' }), (request, response) => {
    const id = request.get('webhook-id') ?? '';
    const timestamp = request.get('webhook-timestamp') ?? '';
    const [version, signature = ''] = (request.get('webhook-signature') ?? '').split(',');
    // `express.raw` leaves a Buffer.
    const body = request.body as Buffer;
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
    const given = Buffer.from(signature, 'base64');
    const fresh = Math.abs(Date.now() / 1_000 - Number(timestamp)) <= TOLERANCE_SECONDS;
    if (version !== 'v1' || !fresh || given.length !== expected.length || !timingSafeEqual(given, expected)) {
      response.status(401).json({ status: 'refused' });
      return;
    }
    JSON.parse(body.toString('utf8'));
    response.status(202).json({ status: 'accepted', id, correlationId: id });
  });
  return receiverProgram(app);
}

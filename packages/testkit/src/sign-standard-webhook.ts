import { createHmac } from 'node:crypto';

export interface SignRequest {
  /** `whsec_` and base64, as the receiver has it. */
  readonly secret: string;
  readonly id: string;
  /** Seconds since 1970; signed too. */
  readonly timestamp: number;
  readonly body: string | Uint8Array;
}

/** The headers that a sender adds by the Standard Webhooks specification (symmetric, `v1`). */
export function signStandardWebhook({ secret, id, timestamp, body }: SignRequest): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` };
}

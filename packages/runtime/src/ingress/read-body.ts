import type { IncomingMessage } from 'node:http';
import type { ByteBudget } from './byte-budget.ts';

export type BodyResult =
  /** `heldBytes` stay taken from the budget: the caller gives them back when it is done with the body. */
  | { readonly ok: true; readonly body: Uint8Array; readonly heldBytes: number }
  | { readonly ok: false; readonly reason: 'too-large' | 'too-slow' | 'aborted' | 'no-room' };

const EMPTY = new Uint8Array(0);

/**
 * Reads the body as received. What `Content-Length` announces is judged before a byte is read; what comes without it
 * is counted as it comes. Never rejects.
 */
export function readBody(
  request: IncomingMessage,
  limits: { readonly limitBytes: number; readonly timeoutMs: number; readonly budget: ByteBudget },
): Promise<BodyResult> {
  const { limitBytes, budget } = limits;
  const announced = announcedLength(request);
  if (announced === 0) return Promise.resolve({ ok: true, body: EMPTY, heldBytes: 0 });
  if (announced !== undefined && announced > limitBytes) return Promise.resolve({ ok: false, reason: 'too-large' });
  if (announced !== undefined && !budget.take(announced)) return Promise.resolve({ ok: false, reason: 'no-room' });

  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let received = 0;
    let held = announced ?? 0;

    const settle = (result: BodyResult): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      // A late error of the connection must not end the process.
      request.on('error', () => undefined);
      if (!result.ok) budget.giveBack(held);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      received += chunk.length;
      if (received > limitBytes) return settle({ ok: false, reason: 'too-large' });
      if (received > held) {
        if (!budget.take(received - held)) return settle({ ok: false, reason: 'no-room' });
        held = received;
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      const body = chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, received);
      settle({ ok: true, body, heldBytes: held });
    };
    const onClose = (): void => settle({ ok: false, reason: 'aborted' });
    const timer = setTimeout(() => settle({ ok: false, reason: 'too-slow' }), limits.timeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/** Bytes to come; `undefined` when only the end will tell. Node has refused malformed lengths by now. */
function announcedLength(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}

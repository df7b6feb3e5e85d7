import { pipeline, Readable, type Duplex } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** Encodings that we ask for and can undo. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br';

/** More layers than one is nobody's honest doing. */
const DECODERS: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The answer's body cannot be decoded. */
class AnswerEncodingError extends Error {
  override readonly name = 'AnswerEncodingError';
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(`the body of the answer cannot be decoded (${code})`, options);
    this.code = code;
  }
}

/**
 * Reads a body up to a limit, counted after decompression, and lets go of the rest: a body that unpacks to gigabytes
 * takes no more memory than a plain one.
 */
export async function readAnswerBody(
  body: Readable,
  options: { readonly encoding: string; readonly contentType: string; readonly maxBytes: number },
): Promise<{ readonly text: string; readonly truncated: boolean }> {
  // A body that is left before its end says so with an error, also when nobody reads it any more.
  body.on('error', () => {});
  const stream = decoded(body, options.encoding.trim().toLowerCase());
  const chunks: Buffer[] = [];
  let length = 0;
  let truncated = false;
  // Leaving the loop destroys the stream, and with it the connection: the rest is not waited for.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const room = options.maxBytes - length;
    if (chunk.length > room) {
      chunks.push(chunk.subarray(0, room));
      truncated = true;
      break;
    }
    chunks.push(chunk);
    length += chunk.length;
  }
  return { text: decodeText(Buffer.concat(chunks), options.contentType, truncated), truncated };
}

function decoded(body: Readable, encoding: string): Readable {
  if (encoding === '' || encoding === 'identity') return body;
  const createDecoder = DECODERS[encoding];
  if (createDecoder === undefined) {
    body.destroy();
    throw new AnswerEncodingError('unknown-content-encoding');
  }
  // An error of either ends both and is thrown where the decoder is read.
  return pipeline(body, createDecoder(), () => {});
}

/** By the character set that the answer names, else UTF-8. A character that the limit cut in two is left out. */
function decodeText(bytes: Buffer, contentType: string, truncated: boolean): string {
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)"?/i.exec(contentType)?.[1] ?? 'utf-8';
  return decoderFor(charset).decode(bytes, { stream: truncated });
}

function decoderFor(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch (error) {
    // A character set that nobody knows: the text is shown as well as it can be.
    if (error instanceof RangeError) return new TextDecoder('utf-8');
    throw error;
  }
}

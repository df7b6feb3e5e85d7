/** Pieces of at most so many bytes, never between the two halves of a surrogate pair. */
export function cut(text: string, bytesMax: number): readonly string[] {
  if (Buffer.byteLength(text) <= bytesMax) return [text];
  const lengthMax = Math.floor(bytesMax / 3); // a UTF-16 unit takes at most 3 bytes in UTF-8
  const pieces: string[] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + lengthMax, text.length);
    const unit = text.charCodeAt(end - 1);
    if (end < text.length && unit >= 0xd8_00 && unit < 0xdc_00) end -= 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

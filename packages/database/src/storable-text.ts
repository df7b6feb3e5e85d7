/** PostgreSQL's text cannot hold the character NUL, which JSON can; whoever typed it sees a replacement character. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u{FFFD}');
}

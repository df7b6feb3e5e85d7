/** `attempts-exhausted` as `Attempts exhausted`. */
export function reasonWords(reason: string): string {
  const words = reason.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

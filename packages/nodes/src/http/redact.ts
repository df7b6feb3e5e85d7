/** Shorter ones would turn up in ordinary text by chance. */
const SECRET_LENGTH_MIN = 4;

/**
 * Takes secrets out of a text by value, also where they come back encoded or without their scheme (`Bearer ...`): a
 * target may well repeat in its answer what it was sent.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const form of [secret, ...secret.split(/\s+/)]) {
      if (form.length < SECRET_LENGTH_MIN) continue;
      forms.add(form);
      forms.add(encodeURIComponent(form));
      forms.add(JSON.stringify(form).slice(1, -1));
    }
  }
  // The longest first, so that no rest of a longer one is left behind.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return ordered.reduce((result, form) => result.replaceAll(form, '[secret]'), text);
}

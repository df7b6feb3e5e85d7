/** Letters that Unicode does not take apart into a plain letter and a mark. */
const SPELT_OUT: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ı: 'i' };

const NAME_MAX = 64;

/** A name for webhook addresses out of a title: "Ä very löng" becomes "a-very-long". Empty when no letter is left. */
export function nameFromTitle(title: string): string {
  return title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøłđı]/g, (letter) => SPELT_OUT[letter] ?? '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, NAME_MAX + 1)
    .replace(/^-+/, '')
    .slice(0, NAME_MAX)
    .replace(/-+$/, '');
}

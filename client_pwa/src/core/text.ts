// Vietnamese text as it is searched and compared.

// Listed, because Python and JavaScript disagree about what a space is.
const SPACES = /[ \t-\r\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** Text without case, diacritics, apostrophes, hyphens and extra spaces: `Đưng K’Nớ` -> `dung kno`. */
export function searchKey(text: string): string {
  const lowered = text.normalize("NFC").toLowerCase().replaceAll("đ", "d").replace(/['’‘ʼ-]/g, "");
  const bare = lowered.normalize("NFD").replace(/\p{M}/gu, "");
  return bare.replace(SPACES, " ").replace(/^ | $/g, "");
}

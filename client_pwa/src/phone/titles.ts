import type { Form } from "../core/form";

/**
 * A form's title in one language. XLSForm knows one title only: forms in several languages write "Thôn · Hamlet", the
 * default language first.
 */
export function formTitle(form: Form, lang: string): string {
  const parts = form.title.split(" · ");
  const first = form.default_language ?? "";
  const languages = form.languages.includes(first) ? [first, ...form.languages.filter((other) => other !== first)] : form.languages;
  const place = languages.indexOf(lang);
  return parts.length === languages.length && place >= 0 ? parts[place]! : form.title;
}

import type { Form } from "../core/form";

/** A form's title in one language: XLSForm knows one title only, which forms in several languages write as "Thôn · Hamlet". */
export function formTitle(form: Form, lang: string): string {
  const parts = form.title.split(" · ");
  const place = form.languages.indexOf(lang);
  return parts.length === form.languages.length && place >= 0 ? parts[place]! : form.title;
}

import { mount } from "svelte";
import "../ui/tokens.css";
import "./phone.css";
import { languageLoaded } from "../ui/i18n";
import { settings } from "../ui/settings.svelte";
import App from "./App.svelte";

settings.show();
const target = document.getElementById("app");
const begin = (): void => {
  if (target) mount(App, { target });
};
// Without its words the app still works, in the language that it always has.
void languageLoaded(settings.lang).catch(console.error).then(begin);
